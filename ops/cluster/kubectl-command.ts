/** A kubectl command that a person can copy. */
export function kubectlCommand(
  { context, namespace }: { readonly context: string; readonly namespace: string },
  command: string,
): string {
  return `kubectl --context=${context} --namespace=${namespace} ${command}`;
}
