# shellcheck shell=bash
# Shared by the scripts: shows each step with its name and the time that it took.

steps_started=$SECONDS

# step NAME COMMAND...: what the command says is shown only when it fails.
step() {
  local name=$1 started=$SECONDS log status=0
  shift
  log=$(mktemp)
  printf '==> %s ' "$name"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -eq 0 ]; then
    printf '(%d s)\n' $((SECONDS - started))
  else
    printf 'FAILED after %d s, exit status %d\n' $((SECONDS - started)) "$status"
    cat "$log"
  fi
  rm -f "$log"
  return "$status"
}

# shown NAME COMMAND...: what the command says is shown as it comes.
shown() {
  local name=$1 started=$SECONDS status=0
  shift
  printf '==> %s\n' "$name"
  "$@" || status=$?
  if [ "$status" -eq 0 ]; then
    printf '==> %s: done (%d s)\n' "$name" $((SECONDS - started))
  else
    printf '==> %s: FAILED after %d s, exit status %d\n' "$name" $((SECONDS - started)) "$status"
  fi
  return "$status"
}

total_time() {
  printf '==> all of it: %d s\n' $((SECONDS - steps_started))
}
