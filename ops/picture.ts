import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomically } from './record';

/**
 * Draws the picture of an environment that the documents show, `docs/<name>.svg`, again after a release. One that
 * they do not show is not made; and what was released stays so, whatever becomes of its picture.
 *
 * @returns the line for people, when there is something to say
 */
export async function drawAgain(root: string, name: string): Promise<string | undefined> {
  const file = `docs/${name}.svg`;
  const place = path.join(root, file);
  if (!fs.existsSync(place)) return undefined;
  try {
    const { graph } = await import('./graph');
    const drawn = await graph(root, name, 'svg');
    if (fs.readFileSync(place, 'utf8') === drawn) return undefined;
    writeAtomically(place, drawn);
    return `changed  ${file}`;
  } catch (error) {
    return `${file} was not drawn again: ${(error as Error).message}`;
  }
}
