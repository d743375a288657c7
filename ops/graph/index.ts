import { instance } from '@viz-js/viz';
import { projectRoot } from '../project';
import { loadEnvironment, renderedNames } from '../rendering/load';
import { UsageError } from '../usage-error';
import { mermaidOf } from './mermaid';
import { pictureOf } from './picture';
import { svgOf } from './svg';

/** How a picture is written. */
export type PictureFormat = 'svg' | 'mermaid';

/**
 * The environment of `dist/` as a picture. The same objects give the same bytes, on every machine: Graphviz
 * is a WebAssembly module, and no font is measured.
 *
 * @throws Error when `dist/` does not have the environment
 */
export async function graph(cwd: string, name: string, format: PictureFormat): Promise<string> {
  const root = projectRoot(cwd);
  const rendering = loadEnvironment(root, name);
  if (rendering.objects.length === 0)
    throw new UsageError(
      `dist/ has no environment "${name}", expected one of ${renderedNames(root).join(', ') || 'none'}; render it first: seda synth`,
    );
  const picture = pictureOf(name, rendering);
  if (format === 'mermaid') return mermaidOf(picture);
  const graphviz = await instance();
  return svgOf(picture, (dot) => graphviz.renderString(dot, { format: 'json0', engine: 'dot' }));
}
