# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # shares its variables with run
#
# The initramfs: busybox, guest/init and the few modules that lead to the host's root. It is made
# again when what it is made by changes, in a tenth of a second, and named after that: checkouts that
# share a cache do not take each other's.

# The modules that must be there before the root is; modules.dep knows what they need in turn.
first_modules=(virtio_pci 9pnet_virtio 9p overlay virtio_console)

# Prints where the initramfs of the kernel in folder $1 is, up to date.
initramfs() {
  local kernel=$1 image tree
  image=$kernel/initramfs-$(cat "$here/guest/init" "${BASH_SOURCE[0]}" | sha256sum | cut -c1-12)
  if [[ ! -e $image ]]; then
    find "$kernel" -maxdepth 1 -name 'initramfs*' -mtime +0 -delete
    tree=$(mktemp -d "$cache/runs/initramfs.XXXXXX")
    fill_tree "$tree" "$kernel"
    # Uncompressed: unpacking costs the emulated machine more time than copying.
    (cd "$tree" && find . | "$host_cache/busybox/busybox" cpio -o -H newc >"$tree.cpio" 2>/dev/null)
    mv "$tree.cpio" "$image"
    rm -rf "$tree"
  fi
  echo "$image"
}

fill_tree() {
  local tree=$1 modules module
  modules=$2/layer/usr/lib/modules/$(<"$2/release")
  mkdir -p "$tree/bin" "$tree/modules"
  cp "$cache/busybox/busybox" "$tree/bin/"
  cp "$here/guest/init" "$tree/init"
  in_order "$modules/modules.dep" >"$tree/modules/order"
  while read -r module; do
    cp "$modules/$(awk -F: -v end="/$module\$" '$1 ~ end { print $1 }' "$modules/modules.dep")" \
      "$tree/modules/"
  done <"$tree/modules/order"
}

# modules.dep lists a module's needs nearest first: read backwards, each comes after its own.
in_order() {
  local module
  for module in "${first_modules[@]}"; do
    awk -v end="/${module}[.]ko:" '$1 ~ end {
      for (i = NF; i >= 1; i--) { sub(/.*\//, "", $i); sub(/:$/, "", $i); print $i }
    }' "$1"
  done | awk '!seen[$0]++'
}
