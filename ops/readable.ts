import * as path from 'node:path';
import type { Project } from './project';
import { filesHere } from './rendering/files';
import { readDocuments } from './rendering/parse';

/**
 * What a reader of YAML would not take as it was meant, in files that another program has written: all of them, each with
 * file and line.
 *
 * @param folder where they are, below the folder of the project
 */
export function unreadableFiles({ root, output }: Project, folder: string): string[] {
  const name = path.basename(folder);
  const named = (text: string) => text.replaceAll(`${name}/`, `${output}/`);
  try {
    const files = filesHere({ root, output: name } as Project);
    if (files.size === 0)
      return [
        `${output}/ would have no file that kubectl reads, expected names that end in .yaml, .yml or .json; leave outputFileExtension out`,
      ];
    return [...files.values()].flat().flatMap((file) => {
      try {
        readDocuments(file);
        return [];
      } catch (error) {
        return [named((error as Error).message)];
      }
    });
  } catch (error) {
    return [named((error as Error).message)];
  }
}
