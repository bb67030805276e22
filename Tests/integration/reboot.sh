# What test_vm.py has a machine do over two restarts, one in good order and one not: $1 is a folder to say things in.
set -eu
out=$1
box=$PWD/../../rootfs-fixtures/out/busybox
export PATH="/usr/local/bin:$PATH"

# Ends with 7 when it is asked to, and with nothing else.
payload='trap "exit 7" TERM; echo "$1 up" >> /data/lives; while :; do sleep 1000 & wait $!; done'

up() {
  name=$1
  shift
  swiftainer run -d --name "$name" -v lives:/data "$@" "$box" sh -c "$payload" sh "$name"
}

tell() {
  swiftainer ps -a --format '{{.Names}} {{.Status}}' | sed 's/ [0-9A-Za-z]* second.*//; s/ Less than.*//; s/ About.*//' | sort > "$out/$1"
  cat "$(swiftainer volume inspect -f '{{.Mountpoint}}' lives)/lives" > "$out/$1-lives"
}

case "$SWIFTAINER_VM_BOOT" in
  1)
    make -s -C ../.. install
    systemctl daemon-reload
    systemctl add-wants swiftainer-vm.target swiftainer.service
    systemctl start swiftainer.service
    up always --restart always
    up stopped-always --restart always
    up unless --restart unless-stopped
    up stopped-unless --restart unless-stopped
    up failure --restart on-failure
    up plain
    up removed --rm
    swiftainer stop stopped-always stopped-unless
    tell first
    systemctl reboot
    sleep 1000
    ;;
  2)
    systemctl is-system-running --wait > /dev/null || true # also where some other unit has failed
    systemctl is-active swiftainer.service > "$out/second-unit"
    up late
    tell second
    # What is on its way to the disk is there; all else goes with the power.
    sync
    echo b > /proc/sysrq-trigger
    sleep 1000
    ;;
  3)
    systemctl is-system-running --wait > /dev/null || true
    tell third
    swiftainer system check > "$out/check"
    # Nothing of it is in the way of a life in good order.
    swiftainer rm -f $(swiftainer ps -aq)
    swiftainer volume rm lives
    ;;
esac
