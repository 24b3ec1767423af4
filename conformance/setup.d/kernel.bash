# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with setup
#
# A stock Debian kernel, unpacked and never installed. Not the -cloud flavour: that one lacks igb.

# make_kernel DIR VERSION-GLOB SUITE
make_kernel() {
  find_version "linux-image-$architecture" "$2" "$3"
  local image
  image=$(private_apt "$3" apt-cache depends "linux-image-$architecture" |
    awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }')
  unpack "$1/package" "$3" "$image"
  merge_usr "$1/layer"
  uncompress_kernel "$1"/package/boot/vmlinuz-* "$1/image"
  mv "$1/package/usr/lib/modules" "$1/layer/usr/lib/modules"
  remove_tree "$1/package"
  ls "$1/layer/usr/lib/modules" >"$1/release"
  thin_out "$1/layer/usr/lib/modules"/*/kernel
  kmod_as depmod -b "$1/layer" "$(cat "$1/release")"
}

# uncompress_kernel VMLINUZ IMAGE: QEMU boots the ELF image inside as well (PVH), which spares the
# emulated processor 2.5 s of decompression. Where that fails, the compressed one boots too.
uncompress_kernel() {
  local sectors offset length
  # linux/Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length; the payload's
  # last four bytes are its uncompressed size.
  sectors=$(od -An -tu1 -j $((0x1f1)) -N1 "$1")
  read -r offset length < <(od -An -tu4 -j $((0x248)) -N8 "$1")
  tail -c +$(((sectors + 1) * 512 + offset + 1)) "$1" | head -c $((length - 4)) >"$2.payload" || true
  if ! { xz -dcq --single-stream "$2.payload" || zstd -dcq "$2.payload"; } >"$2" 2>/dev/null ||
    [[ $(head -c 4 "$2") != $'\x7fELF' ]]; then
    cp "$1" "$2"
  fi
  rm "$2.payload"
}

# The guest has none of this hardware, which is half of the kernel's size. Newer kernels compress
# their modules: undoing that here once is quicker than in the guest at every modprobe.
thin_out() {
  local folder
  for folder in sound drivers/{gpu,media,iio,staging,isdn,hwmon,comedi,leds,input}; do
    remove_tree "$1/$folder"
  done
  find "$1" -name '*.ko.xz' -exec xz -d -T2 {} +
}

# kmod is one program that acts by the name it is called by. Its links are absolute, so where only the
# guest layer has it, they cannot be followed here.
kmod_as() {
  local program
  program=$(command -v kmod || echo "$host_cache/guest/usr/bin/kmod")
  (LD_LIBRARY_PATH=$host_cache/guest/usr/lib/x86_64-linux-gnu exec -a "$1" "$program" "${@:2}")
}
