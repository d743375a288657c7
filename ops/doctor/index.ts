import { interruptible } from '../cluster/interrupt';
import type { Kubectl } from '../cluster/kubectl';
import { kubectlFor } from '../deploy';
import { missingKinds } from '../deploy/preflight';
import { printHighlighted } from '../highlight';
import { type Io, printTo } from '../io';
import { projectRoot } from '../project';
import { Releases } from '../release';
import { loadEnvironment } from '../rendering/load';
import type { Rendering } from '../rendering/rendering';
import { examine } from './diagnose';
import { doctorText, type Finding } from './finding';

export { doctorText, type Finding } from './finding';

/** What a person may say to `seda doctor`. */
export interface DoctorOptions {
  /** Context of the kubeconfig; the environment may name one. */
  readonly context?: string;
  /** The findings as one JSON object. */
  readonly json?: boolean;
}

/**
 * What is wrong with an environment, largest severity first. It only asks: nothing in the cluster changes,
 * and no value of a Secret is read into the output.
 */
export function diagnose(kubectl: Kubectl, rendering: Rendering, name: string): Promise<Finding[]> {
  return examine(kubectl, rendering, name, (objects) => missingKinds(kubectl, objects));
}

/**
 * Looks for what is wrong, and prints it.
 *
 * @returns true when no error was found; warnings are none
 * @throws Error when the environment or its context is unknown
 */
export async function doctor(
  io: Io,
  name: string,
  { context, json }: DoctorOptions,
): Promise<boolean> {
  const root = projectRoot(io.cwd);
  const kubectl = kubectlFor(io, new Releases(root).environment(name), context);
  const findings = await interruptible(io, kubectl, () =>
    diagnose(kubectl, loadEnvironment(root, name), name),
  );
  if (kubectl.signal.aborted) throw new Error(`${name}: interrupted`);
  if (json)
    printTo(io.stdout)(
      JSON.stringify({ environment: name, context: kubectl.context, findings }, null, 2),
    );
  else printHighlighted(io.stdout, io.env)(doctorText(name, findings));
  return findings.every(({ severity }) => severity !== 'error');
}
