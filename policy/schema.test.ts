import { readFileSync, readdirSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { schemaFaults } from './schema';
test('x', () => {
  for (const e of ['development','qa','sandbox','production']) for (const f of readdirSync('dist/'+e).filter(f=>f.endsWith('k8s.yaml'))) for (const d of parseAllDocuments(readFileSync(`dist/${e}/${f}`,'utf8'))) {
    const o = d.toJS(); const faults = schemaFaults(o);
    if (faults.length) console.log(e, o.kind, o.metadata.name, faults);
  }
});
