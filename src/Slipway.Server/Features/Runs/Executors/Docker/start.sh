# Starts the wrapper and waits until it has begun: started, refused REASON, unstaged, or silent.
#   $1 the attempt's folder   $2 its working directory   the rest is the command
folder=$1
[ -e "$folder/wrapper.sh" ] || { echo unstaged; exit; }
cd "$2" || exit
shift 2
umask 077
setsid sh "$folder/wrapper.sh" "$folder" "$folder/output.log" "$@" </dev/null >/dev/null 2>&1 &
tries=0
until [ -e "$folder/identity" ] || [ -e "$folder/refusal" ] || [ -e "$folder/exit" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || { echo silent; exit; }
    sleep 0.1 2>/dev/null || sleep 1
done
if [ -e "$folder/refusal" ]; then
    read -r reason <"$folder/refusal"
    printf 'refused %s\n' "$reason"
else
    echo started
fi
