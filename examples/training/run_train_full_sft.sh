#!/usr/bin/env bash
# Trains with LLaMA-Factory: bash run_train_full_sft.sh CONFIG.yaml [KEY=VALUE ...]
#
# What Slipway sets for a run wins over the file; without it the file stands as it is:
#   SLIPWAY_OUTPUT_DIR              output_dir
#   SLIPWAY_DATASET_DIR             dataset_dir, where dataset_info.json lies
#   SLIPWAY_DATASET                 dataset, names in dataset_info.json, by commas
#   SLIPWAY_RESUME_FROM_CHECKPOINT  resume_from_checkpoint, the folder of a checkpoint
# KEY=VALUE arguments win over both.
set -euo pipefail

fail() {
  printf 'run_train_full_sft.sh: %s\n' "$2" >&2
  exit "$1"
}

# Adds KEY=VALUE unless the value is empty. A value is read as YAML: what that might take for something else than a text is quoted.
override() {
  local key=$1 value=$2
  [[ -n $value ]] || return 0
  [[ $value != *[[:cntrl:]]* ]] || fail 2 "the value for $key has a line break or another control character"
  [[ $value != *\$\{* ]] || fail 2 "'$value' holds \${, which LLaMA-Factory would fill in; rename it"
  if [[ ! $value =~ ^[A-Za-z_./][A-Za-z0-9_./,@+-]*$ || ${value,,} =~ ^(true|false|yes|no|on|off|null|\.[a-z0-9.+-]*)$ ]]; then
    value="'${value//\'/\'\'}'"
  fi
  arguments+=("$key=$value")
}

# How many devices LLaMA-Factory will see; more than one makes it start itself again through torchrun.
devices() {
  if [[ -n ${CUDA_VISIBLE_DEVICES:-} ]]; then
    local ids
    IFS=, read -ra ids <<<"$CUDA_VISIBLE_DEVICES"
    echo "${#ids[@]}"
  elif [[ -z ${CUDA_VISIBLE_DEVICES+set} ]] && command -v nvidia-smi >/dev/null; then
    nvidia-smi -L 2>/dev/null | grep -c '^GPU' || true
  else
    echo 0
  fi
}

(($# >= 1)) || fail 2 "usage: bash run_train_full_sft.sh CONFIG.yaml [KEY=VALUE ...]"
config=$1
shift
[[ -f $config && -r $config ]] || fail 2 "there is no file '$config' that can be read"
[[ $config == *.yaml || $config == *.yml ]] || fail 2 "'$config' does not end in .yaml or .yml, by which LLaMA-Factory knows a configuration"
command -v llamafactory-cli >/dev/null \
  || fail 127 "llamafactory-cli is not on PATH; install LLaMA-Factory here (pip install llamafactory), or put its folder on PATH"

arguments=("$config")
override output_dir "${SLIPWAY_OUTPUT_DIR:-}"
override dataset_dir "${SLIPWAY_DATASET_DIR:-}"
override dataset "${SLIPWAY_DATASET:-}"
override resume_from_checkpoint "${SLIPWAY_RESUME_FROM_CHECKPOINT:-}"
arguments+=("$@")

# DeepSpeed wants torchrun also on one device.
if grep -Eq '^deepspeed:[[:space:]]*[^[:space:]#]' "$config"; then
  export FORCE_TORCHRUN=${FORCE_TORCHRUN:-1}
fi
if [[ ${FORCE_TORCHRUN:-0} == 1 || ${FORCE_TORCHRUN:-} == true ]] || (($(devices) > 1)); then
  # torchrun gets its arguments by way of one line that is split at spaces, in older versions by a shell.
  for argument in "${arguments[@]}"; do
    if [[ $argument =~ [[:space:]\"\'\`\$\&\|\;\<\>\(\)\{\}\*\?\\\!\#] ]]; then
      fail 2 "'$argument' has a space or a sign that does not survive the start on several devices; use paths and names of letters, digits and _ . / , - only"
    fi
  done
fi

# A progress bar that is drawn every few seconds says as much as one that is drawn ten times a second.
export PYTHONUNBUFFERED=1 TQDM_MININTERVAL="${TQDM_MININTERVAL:-5}"

# In the place of this shell: a signal for the run reaches the training itself.
exec llamafactory-cli train "${arguments[@]}"
