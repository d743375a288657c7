import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildArgoCd } from './argocd';
import { buildCluster, FLAVOUR } from './cluster';
import { sayUnavailable } from './fixture';
import { buildNode } from './node';

/** Tests of containers, which need no control plane. */
const CONTAINERS = ['image.e2e.ts', 'development.e2e.ts', 'gate.e2e.ts'];
/** Tests of a node of their own, which kwok does not simulate. */
const NODE = ['node.e2e.ts', 'faults.e2e.ts'];

/** Builds what the tests that are asked for need before any of them, because the first build takes longer than a test may. */
export default async function setup({
  nonFlagArgs: patterns,
}: {
  readonly nonFlagArgs: readonly string[];
}): Promise<void> {
  const files = fs.readdirSync(__dirname).filter((file) => file.endsWith('.e2e.ts'));
  const asked = files.filter(
    (file) =>
      patterns.length === 0 ||
      patterns.some((pattern) => new RegExp(pattern, 'i').test(path.join(__dirname, file))),
  );
  const cluster =
    !process.env.SEDA_E2E_KUBECONFIG &&
    asked.some((file) => ![...CONTAINERS, ...NODE].includes(file));
  const argo = FLAVOUR === 'newest' && asked.includes('argo.e2e.ts');
  for (const build of [
    ...(cluster ? [() => buildCluster(FLAVOUR)] : []),
    ...(argo ? [buildArgoCd] : []),
    ...(asked.some((file) => NODE.includes(file)) ? [buildNode] : []),
  ]) {
    await build().catch(sayUnavailable);
  }
}
