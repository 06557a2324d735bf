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
    exec "$compiler" --sysroot="$sysroot" -B"$sysroot/usr/lib" -specs="$sysroot/trivet.specs" -D__trivet__=1 \
        ${pie:+"$pie"} "$@" ${whole:+"$whole"}
}
