# What the compilers of toolchain/bin have in common; they read it in with `folder` set to their own folder.
# Sets `sysroot`, and ends with a message when there is none.
# shellcheck shell=sh
case $folder in
/*) ;;
*) folder=$PWD/$folder ;;
esac
sysroot=${TRIVET_SYSROOT:-${TRIVET_CACHE:-$folder/../../.cache}/sysroot}
if [ ! -f "$sysroot/trivet.specs" ]; then
    root=$(cd "$folder/../.." && pwd)
    printf '%s: there is no sysroot at %s\n  make it: %s/trivet sysroot\n' "${0##*/}" "$sysroot" "$root" >&2
    exit 1
fi
# Variables by which gcc would find the host's headers and libraries.
unset CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH GCC_EXEC_PREFIX

# Programs are static-pie unless the command line says otherwise.
compile() {
    compiler=$1
    shift
    pie=-static-pie
    whole=
    for argument do
        case $argument in
        -static | -static-pie | -no-pie | -shared | -r) pie= ;;
        # gcc does not see what this asks for: a link that must keep everything.
        -Wl,-r) pie= whole=-Wl,--no-gc-sections ;;
        esac
    done
    set -- --sysroot="$sysroot" -B"$sysroot/usr/lib" -specs="$sysroot/trivet.specs" -D__trivet__=1 \
        ${pie:+"$pie"} "$@" ${whole:+"$whole"}
    [ -n "${TRIVET_RUN_BUILT:-}" ] || exec "$compiler" "$@"
    "$compiler" "$@" || exit
    output=a.out next=
    for argument do
        case $next$argument in
        -o) next=-o ;;
        -o*) output=${argument#-o} next= ;;
        *) next= ;;
        esac
    done
    run_in_guest "$output"
    exit 0
}

# A build that runs what it has just linked (TRIVET_RUN_BUILT has these programs' paths, with colons between) gets a wrapper in the program's
# place, which runs it in the guest.
run_in_guest() {
    program=$(readlink -f -- "$1") && [ -x "$program" ] || return 0
    case :$TRIVET_RUN_BUILT: in
    *:"$program":*) ;;
    *) return 0 ;;
    esac
    mv -- "$program" "$program.in-guest" || exit
    {
        printf '#!/bin/sh\n# Runs %s in the guest: it is not built for this machine.\n' "${program##*/}"
        printf 'exec "%s/x86_64-trivet-run" "$(readlink -f -- "$0").in-guest" "$@"\n' "$folder"
    } >"$program" && chmod 755 "$program" || exit
}
