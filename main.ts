import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  environments,
  renderAll,
  retiredNotes,
  ValidationError,
  waitingNotes,
} from './environments';

// cdk8s reads this variable while it renders; the output must not depend on it.
delete process.env.CDK8S_DISABLE_SORT;

const records = path.join(__dirname, 'environments');
const outdir = process.env.CDK8S_OUTDIR ?? path.join(__dirname, 'dist');
try {
  for (const [name, text] of renderAll(environments, records)) {
    const file = path.join(outdir, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  for (const note of [...waitingNotes(environments, records), ...retiredNotes(environments)])
    console.log(note);
} catch (error) {
  if (!(error instanceof ValidationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
