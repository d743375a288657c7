// Builds programs that the tests need into e2e/.cache: npm run e2e:build -- etcd kwok newest

import { buildModule } from './cluster/build';
import { MODULES, type ModuleName } from './cluster/modules';

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.find((name) => !Object.hasOwn(MODULES, name));
  if (unknown !== undefined)
    throw new Error(
      `unknown program "${unknown}", expected any of ${Object.keys(MODULES).join(' ')}`,
    );
  for (const name of names as ModuleName[]) {
    const start = performance.now();
    await buildModule(name);
    console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
}

main(process.argv.slice(2)).catch(({ message }: Error) => {
  console.error(message);
  process.exitCode = 1;
});
