import { Option } from 'commander';

/** Every verb that talks to a cluster takes it: the current context may be another's cluster. */
export function contextOption(): Option {
  return new Option('--context <name>', 'context of the kubeconfig (default: that of the environment; the current one is never used)');
}
