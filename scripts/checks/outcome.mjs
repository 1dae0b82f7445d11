/**
 * What a runner reported: how many of its checks passed and failed, and the output to show when one did. A runner that
 * ended badly without naming a failure counts as one failure, and so does one that ran nothing: silence is no success.
 */
export function outcome(name, { passed, failed, status, output }) {
  if (status !== 0 && failed === 0)
    return { name, passed, failed: 1, output: `${output}\n${name} ended with ${status}` };
  if (passed + failed === 0) return { name, passed, failed: 1, output: `${output}\n${name} ran no check` };
  return { name, passed, failed, output };
}

/** The outcome of a tool that gives one verdict, such as a linter. */
export function verdict(name, { status, output }) {
  return outcome(name, { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, status, output });
}
