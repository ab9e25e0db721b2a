# Which slot's kernel starts, for boards that U-Boot starts: boot-slots' rule (image/initrd/boot-slots: state, sectors, why) in
# U-Boot's words, over the same two sectors. Who decides counts: what comes after is told by door.slot= and only follows.
#
# The facts of a slot name the CRC-32 of its kernel and first file system, and its command line: a torn kernel is left for
# the other slot in the same start, as a broken root is by the initrd. Numbers are hexadecimal, sectors too.
# U-Boot's shell knows no functions: `run` a variable. It has set devtype, devnum and distro_bootpart.

setenv at ${kernel_addr_r}
setenv crc_at 0x0; setexpr crc_at ${ramdisk_addr_r} - 10
setenv names serial order a_left b_left a_good b_good a_why b_why last
setenv see 'setenv serial; ${devtype} read ${at} ${sector} 1 && env import -c ${at} 200 serial'
setenv take '${devtype} read ${at} ${sector} 1 && env import -c ${at} 200 ${names}'

# What a new card begins with; then the newer copy that is whole. Only the other one is ever written.
setenv serial_1; setenv serial_2
setenv sector 800; if run see; then setenv serial_1 ${serial}; fi
setenv sector 1000; if run see; then setenv serial_2 ${serial}; fi
setenv serial 0; setenv order a b; setenv last
setenv a_left 6; setenv a_good 1; setenv a_why; setenv b_left 6; setenv b_good 1; setenv b_why
setenv write_to 800
if test -n "${serial_1}"; then
  setenv newer 1
  if test -n "${serial_2}"; then if itest ${serial_1} -lt ${serial_2}; then setenv newer 2; fi; fi
elif test -n "${serial_2}"; then
  setenv newer 2
else
  setenv newer 0
fi
if test ${newer} = 1; then setenv sector 800; run take; setenv write_to 1000; fi
if test ${newer} = 2; then setenv sector 1000; run take; fi

setenv turn 'if test ${write_to} = 800; then setenv write_to 1000; else setenv write_to 800; fi'
setenv store 'setexpr serial ${serial} + 1; env export -c -s 200 ${at} ${names} && ${devtype} write ${at} ${write_to} 1 && run turn'
setenv first 'setenv slot; for one in ${order}; do if test -z "${slot}"; then if run ${rule}_${one}; then setenv slot ${one}; fi; fi; done'
setenv left_a 'itest ${a_left} -gt 0'
setenv left_b 'itest ${b_left} -gt 0'
setenv good_a 'test "${a_good}" = 1'
setenv good_b 'test "${b_good}" = 1'
setenv any_a 'true'
setenv any_b 'true'
setenv back 'setenv ${slot}_left 3'
setenv count 'setenv less ${a_left}; if test ${slot} = b; then setenv less ${b_left}; fi; setexpr less ${less} - 1; setenv ${slot}_left ${less}; setenv last ${slot}'
setenv decide 'setenv rule left; run first; if test -z "${slot}"; then setenv rule good; run first; if test -z "${slot}"; then setenv rule any; run first; fi; run back; fi; run count'
# A card that takes no more writes still has a door: what was confirmed once needs no counting.
setenv uncounted 'echo boot.scr: the card takes no writes, nothing is counted; setenv rule good; run first; if test -z "${slot}"; then setenv rule any; run first; fi'
setenv failed 'echo boot.scr: slot ${slot}: ${why}; setenv ${slot}_left 0; setenv ${slot}_good 0; setenv ${slot}_why ${why}; run store'

setenv facts 'setenv sector 1800; if test ${slot} = b; then setenv sector 1880; fi; setenv vmlinuz; setenv initrd; setenv cmdline; ${devtype} read ${at} ${sector} 1 && env import -c ${at} 200 vmlinuz initrd cmdline'
setenv whole 'crc32 ${to} ${filesize} ${crc_at} && itest.l *${crc_at} == ${crc}'
setenv kernel 'setenv to ${kernel_addr_r}; setenv crc ${vmlinuz}; load ${devtype} ${devnum}:${distro_bootpart} ${to} ${slot}/vmlinuz && run whole'
setenv firstfs 'setenv to ${ramdisk_addr_r}; setenv crc ${initrd}; load ${devtype} ${devnum}:${distro_bootpart} ${to} ${slot}/initrd.img && run whole'
setenv go 'booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${tree}'
setenv tree ${fdtcontroladdr}; if test -n "${fdt_addr}"; then setenv tree ${fdt_addr}; fi

for attempt in 1 2; do
  run decide
  run store || run uncounted
  if run facts; then
    if run kernel; then
      if run firstfs; then
        setenv bootargs "${cmdline} door.slot=${slot} door.kernel=${vmlinuz}"
        echo boot.scr: slot ${slot}, kernel ${vmlinuz}
        run go
        setenv why its kernel does not start
      else
        setenv why its first file system is not what was written
      fi
    else
      setenv why its kernel is not what was written
    fi
  else
    setenv why nothing whole says what it is believed by
  fi
  run failed
done
echo boot.scr: no slot can be used, starting again in 5 s
sleep 5
reset
