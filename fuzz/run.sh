#!/bin/sh
# Builds the fuzz targets and lets each search for SECONDS (60): fuzz/run.sh [SECONDS]
#
# Leaves with a status other than 0 where one finds something; the input is then kept in .build/fuzz/findings.
# CLANG and SWIFTC choose the compilers; both must bring libFuzzer, as the Swift toolchain does.
set -eu

seconds=${1:-60}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=${FUZZ_BUILD:-$root/.build/fuzz}
findings=$build/findings
mkdir -p "$build" "$findings"

# Whether a target is missing or older than one of the files it is made of.
is_stale() {
  target=$1
  shift
  [ ! -e "$target" ] || [ -n "$(find "$@" -newer "$target" -type f -print -quit)" ]
}

if is_stale "$build/plan_decoder" "$here/plan_decoder.c" "$root/Sources/swiftainer-init/decode.c" \
  "$root/Sources/swiftainer-init/decode.h" "$root/Sources/CShim/include/plan.h"; then
  "${CLANG:-clang}" -fuse-ld=lld -std=c17 -O1 -g -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all -I"$root/Sources/swiftainer-init" -I"$root/Sources/CShim/include" \
    "$here/plan_decoder.c" "$root/Sources/swiftainer-init/decode.c" -o "$build/plan_decoder.new"
  mv "$build/plan_decoder.new" "$build/plan_decoder"
fi

if is_stale "$build/spec_decoder" "$here/spec_decoder.swift" "$root/Sources/OCISpec"; then
  find "$root/Sources/OCISpec" -name '*.swift' > "$build/sources"
  # shellcheck disable=SC2046  # a name a line, none with blanks
  # The compiler leaves the module's files where it stands.
  cd "$build"
  "${SWIFTC:-swiftc}" -swift-version 6 -package-name swiftainer -parse-as-library -O -g -wmo -module-name SpecFuzz \
    -sanitize=fuzzer,address -use-ld=lld $(cat "$build/sources") "$here/spec_decoder.swift" -o "$build/spec_decoder.new"
  mv "$build/spec_decoder.new" "$build/spec_decoder"
fi

# Of the logs, what needs neither files nor sockets. OCISpec's sources are in the same module here, not in one to import.
logs="Logs/LogStream.swift Logs/JSONEscaping.swift Logs/LineSplitter.swift Logs/Reading/LogMoment.swift
  Logs/Reading/LogRecord.swift"
set --
for file in $logs; do set -- "$@" "$root/Sources/Runtime/Supervision/$file"; done
if is_stale "$build/log_record" "$here/log_record.swift" "$root/Sources/OCISpec" "$@"; then
  mkdir -p "$build/log"
  for file in "$@"; do sed '/^import OCISpec$/d' "$file" > "$build/log/$(basename "$file")"; done
  find "$root/Sources/OCISpec" "$build/log" -name '*.swift' > "$build/sources"
  # shellcheck disable=SC2046
  cd "$build"
  "${SWIFTC:-swiftc}" -swift-version 6 -package-name swiftainer -parse-as-library -O -g -wmo -module-name LogFuzz \
    -sanitize=fuzzer,address -use-ld=lld $(cat "$build/sources") "$here/log_record.swift" -o "$build/log_record.new"
  mv "$build/log_record.new" "$build/log_record"
fi

# Of names, what needs no sockets.
names="DNSName DNSMessage DNSMessage+Decoding DNSMessage+Encoding NameTable NameResponder"
set --
for file in $names; do set -- "$@" "$root/Sources/Networking/Names/$file.swift"; done
if is_stale "$build/name_message" "$here/name_message.swift" "$root/Sources/Networking/Addresses" "$@"; then
  { find "$root/Sources/Networking/Addresses" -name '*.swift'; printf '%s\n' "$@"; } > "$build/sources"
  # shellcheck disable=SC2046
  cd "$build"
  "${SWIFTC:-swiftc}" -swift-version 6 -package-name swiftainer -parse-as-library -O -g -wmo -module-name NamesFuzz \
    -sanitize=fuzzer,address -use-ld=lld $(cat "$build/sources") "$here/name_message.swift" -o "$build/name_message.new"
  mv "$build/name_message.new" "$build/name_message"
fi

# A corpus that grows from run to run, beside the seeds, which stay as they are. Seeds of plans are hexadecimal.
mkdir -p "$build/corpus/plan" "$build/corpus/spec" "$build/corpus/log" "$build/corpus/names" "$build/seeds/plan"
# The version as it stands in memory, lowest byte first.
version=$(sed -n 's/^#define PLAN_VERSION 0x\(..\)\(..\)\(..\)\(..\)u.*/\4\3\2\1/p' "$root/Sources/CShim/include/plan.h")
for seed in "$here"/seeds/plan/*.hex; do
  sed "s/#.*//; s/VERSION_/$version/" "$seed" | tr -d ' \n' | python3 -c \
    'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' > "$build/seeds/plan/$(basename "$seed" .hex)"
done

search() {
  name=$1
  longest=$2
  shift 2
  echo "fuzzing $name for $seconds s"
  log=$build/$name.log
  # One that takes more than 2 GiB or 10 seconds for an input is a finding as well.
  if "$build/$name" -max_total_time="$seconds" -max_len="$longest" -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -verbosity=0 -artifact_prefix="$findings/$name-" "$@" > "$log" 2>&1; then
    grep -E 'number_of_executed_units|new_units_added' "$log" || true
  else
    cat "$log"
    echo "$name has found something: see $findings" >&2
    return 1
  fi
}

status=0
search plan_decoder 8192 "$build/corpus/plan" "$build/seeds/plan" || status=1
search spec_decoder 16384 -dict="$here/config.dict" "$build/corpus/spec" "$here/seeds/spec" || status=1
search log_record 40000 "$build/corpus/log" "$here/seeds/log" || status=1
search name_message 4096 "$build/corpus/names" "$here/seeds/names" || status=1
exit $status
