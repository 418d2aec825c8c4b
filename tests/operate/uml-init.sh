#!/bin/sh
# The first and only process of the User-Mode-Linux machine: a client and two servers with one address, each in a namespace,
# which talk by what the kernel around this machine lacks. It prints a line for each, "RESULT what answered of".
# Parameters of the kernel's command line: uml_modules=FOLDER uml_busybox=FILE
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
for word in $(cat /proc/cmdline); do
  case $word in
    uml_modules=*) modules=${word#*=} ;;
    uml_busybox=*) busybox=${word#*=} ;;
  esac
done

# Loads modules, each after those that it needs; modules.dep lists the last needed first. The kernel runs it too, with the
# alias of a cipher.
cat >/run/modprobe <<PROGRAM
#!/bin/sh
export PATH=$PATH
for last; do :; done
aliased=\$(grep -F "alias \$last " "$modules/modules.alias" | cut -d " " -f 3)
for module in \${aliased:-\$last}; do
  line=\$(grep "/\$(echo "\$module" | sed "s/[-_]/[-_]/g")\.ko:" "$modules/modules.dep") || continue
  needed=
  for file in \${line#*:}; do needed="\$file \$needed"; done
  for file in \$needed \${line%%:*}; do "$busybox" insmod "$modules/\$file" 2>/dev/null; done
done
PROGRAM
chmod +x /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
for module in ipv6 8021q ipip ip_gre gcm ctr seqiv ghash-generic drbg xfrm_user esp4; do /run/modprobe $module; done

vip=192.31.65.1
client=192.31.65.20
tagged=10.5.0.1
place=0
for name in client server-a server-b; do
  ip netns add $name
  ip link set vec$place netns $name
  run="ip netns exec $name"
  $run ip link set lo up
  case $name in
    client) mac=02:00:00:00:0a:01 own=$client own_tagged=10.5.0.20 inner=10.1 far=$vip ;;
    server-a) mac=02:00:00:00:02:10 own=$vip own_tagged=$tagged inner=10.1 far=$client ;;
    server-b) mac=02:00:00:00:02:20 own=$vip own_tagged=$tagged inner=10.1 far=$client ;;
  esac
  $run ip link set vec$place address $mac mtu 1400 up
  $run ip addr add $own/24 dev vec$place
  $run ip link add link vec$place name tagged type vlan id 100
  $run ip link set tagged up
  $run ip addr add $own_tagged/24 dev tagged
  [ $name = client ] && last=2 || last=1
  $run ip link add in-ip type ipip local $own remote $far
  $run ip link add in-gre type gre local $own remote $far
  $run ip addr add 10.1.1.$last/24 dev in-ip
  $run ip addr add 10.1.2.$last/24 dev in-gre
  $run ip link set in-ip up
  $run ip link set in-gre up
  place=$((place + 1))
done

ask() { # WHAT ADDRESS
  answered=$(ip netns exec client "$busybox" ping -c 5 -W 3 "$2" | sed -n 's/.* \([0-9]*\) packets received.*/\1/p')
  echo "RESULT $1 ${answered:-0} 5"
}
ask plain $vip
ask vlan $tagged
ask ip-in-ip 10.1.1.1
ask gre 10.1.2.1

# Both servers have the same keys; a replay window would refuse one's sequence after the other's, so there is none.
key=0x0102030405060708090a0b0c0d0e0f1011121314
secure() { # NAMESPACE OWN FAR
  run="ip netns exec $1"
  for way in "$client $vip 0x1001" "$vip $client 0x1002"; do
    set -- "$1" "$2" "$3" $way
    $run ip xfrm state add src "$4" dst "$5" proto esp spi "$6" mode transport replay-window 0 aead 'rfc4106(gcm(aes))' $key 128
  done
  $run ip xfrm policy add src "$2" dst "$3" proto icmp dir out tmpl src "$2" dst "$3" proto esp mode transport
  $run ip xfrm policy add src "$3" dst "$2" proto icmp dir in tmpl src "$3" dst "$2" proto esp mode transport
}
secure client $client $vip
secure server-a $vip $client
secure server-b $vip $client
ask esp $vip
packets=$(ip netns exec client ip -s xfrm state | grep -c "0x00001001")
echo "RESULT esp-states $packets 1"
echo "DONE"
"$busybox" poweroff -f
