# Says in one line what there is for an attempt: missing TOOL..., shared, staged, unwritable, or empty UID GID.
#   $1 the attempt's folder of the host, as this container may see it, or nothing   $2 what its .slipway file says
#   $3 the folder of its own   $4 the working directory
missing=
for tool in setsid mv mkdir rm cat tr dd stat sleep id; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    echo "missing$missing"
elif [ -n "$4" ] && [ ! -d "$4" ]; then
    echo nodirectory
elif [ -n "$1" ] && [ -w "$1" ] && [ -w "$1/output.log" ] && [ "$(cat "$1/.slipway" 2>/dev/null)" = "$2" ]; then
    echo shared
elif [ -e "$3/.staged" ]; then
    echo staged
elif mkdir -p "${3%/*}" 2>/dev/null && { [ -d "$3" ] || mkdir -m 700 "$3" 2>/dev/null; } && [ -w "$3" ]; then
    echo "empty $(id -u) $(id -g)"
else
    echo unwritable
fi
