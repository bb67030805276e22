echo "I am process $$ of $(ls -d /proc/[0-9]* | wc -l), and my host is called $(hostname)."
echo
echo "What I see mounted:"
while read -r _ _ _ _ target rest; do
  type=${rest#* - }
  printf "  %-20s %s\n" "$target" "${type%% *}"
done < /proc/self/mountinfo
echo
echo "What I may use:"
for file in /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max \
  /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max; do
  [ ! -f "$file" ] || printf "  %-52s %s\n" "$file" "$(cat "$file")"
done
echo
grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status
