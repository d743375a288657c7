import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { ROOT, seda } from './kit';

/** What is removed after the last test of the file. */
export const folders: string[] = [];
afterAll(() => folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true })));

/** A small project of these files, as another team has it: without anything of seda.fm. */
export function projectOf(files: { readonly [file: string]: string }) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'seda-app-'));
  folders.push(root);
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'));
  return {
    root,
    write,
    synth: (...args: string[]) => seda(['synth', ...args], { cwd: root }),
    read: (file: string) => fs.readFileSync(path.join(root, file), 'utf8'),
    files: () => fs.readdirSync(root).sort(),
  };
}
