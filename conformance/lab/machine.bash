# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with run
#
# The lab's machine, as arguments for QEMU.

# Sets `machine` for the kernel in folder $1. The run's folder becomes the share 'lab'.
describe_machine() {
  local kernel=$1 i
  # shellcheck disable=SC2054 # the commas are QEMU's
  machine=(
    -nodefaults -no-user-config -no-reboot -display none -L "$qemu/usr/share/qemu"
    -L "$qemu/usr/share/seabios"
    # TCG always: it works everywhere and alike, and hosts exist where asking for KVM aborts QEMU.
    -accel tcg,thread=multi -smp 2 -m "$memory"
    -kernel "$kernel/image" -initrd "$(initramfs "$kernel")" -serial "file:$run/console"
  )
  # An oops ends the run as a panic does; panic=-1 makes QEMU exit at once.
  local words="quiet panic=-1 oops=panic $append"
  "board_of_$arch" "$words"
  if [[ $arch == amd64 ]]; then
    share host / on
  else
    share host "$cache/guest" on
    share project "$project" on
  fi
  share cache "$cache" on
  share lab "$run" off
  # One wire: the tap first, then the physical functions, each behind a port of its own because a
  # function's virtual functions need a bus number that nobody else has.
  wire virtio-net-pci tap
  for ((i = 0; i < nics; i++)); do
    machine+=(-device "pcie-root-port,id=port$i,chassis=$((i + 1)),slot=$((i + 1))")
    wire igb "pf$i" "bus=port$i"
  done
  machine+=(-device virtio-serial-pci)
}

board_of_amd64() {
  # shellcheck disable=SC2054 # the commas are QEMU's
  machine+=(
    -machine q35 -cpu max -device intel-iommu,intremap=off
    # The timer check, which kernels leave out under KVM too, fails on a busy host: it waits for an
    # interrupt in real time.
    -append "console=ttyS0 no_timer_check intel_iommu=on iommu=pt $1"
    # QEMU maps the registers of virtual functions wrongly above 4 GiB: none ever passes a frame. No
    # window may be there, and the firmware makes one as soon as memory is: see --memory in run.
    -global q35-pcihost.pci-hole64-size=0
  )
}

board_of_arm64() {
  # shellcheck disable=SC2054 # the commas are QEMU's
  # Unlike `max` it signs no pointers, which is slow to emulate.
  machine+=(-machine virt,gic-version=3,highmem-mmio=off -cpu neoverse-n1 -append "console=ttyAMA0 $1")
}

# share TAG FOLDER READONLY
share() {
  machine+=(
    -fsdev "local,id=$1,path=$2,security_model=none,multidevs=remap,readonly=$3"
    -device "virtio-9p-pci,fsdev=$1,mount_tag=$1"
  )
}

# wire MODEL NAME [BUS]
wire() {
  machine+=(
    -netdev "hubport,id=$2,hubid=0"
    -device "$1,netdev=$2,id=$2,romfile=${3:+,$3}"
  )
}
