import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildModule } from './cluster/build';
import { sayUnavailable } from './fixture';
import { modulesFor, needsNode } from './needs';
import { nodeUnavailable } from './node/namespaces';

const SUFFIX = '.e2e.ts';

/** Builds what the tests that are asked for need before any of them, because the first build takes longer than a test may. */
export default async function setup({
  nonFlagArgs: patterns,
}: {
  readonly nonFlagArgs: readonly string[];
}): Promise<void> {
  const asked = fs
    .readdirSync(__dirname)
    .filter((file) => file.endsWith(SUFFIX))
    .filter(
      (file) =>
        patterns.length === 0 ||
        patterns.some((pattern) => new RegExp(pattern, 'i').test(path.join(__dirname, file))),
    )
    .map((file) => file.slice(0, -SUFFIX.length));
  const canBuild = (test: string): boolean =>
    needsNode(test) ? nodeUnavailable() === undefined : !process.env.SEDA_E2E_KUBECONFIG;
  for (const name of modulesFor(asked.filter(canBuild)))
    await buildModule(name).catch(sayUnavailable);
}
