import { ClusterUnavailable, type Operators, playOperators } from '../cluster';
import { type Node, startNode } from '../node';
import { image, Project } from '../project';
import type { Build, ProgramImage } from './images';
import { Production } from './production';

/** A node with a project whose first release of production is committed and not deployed yet. */
export interface Started {
  readonly node: Node;
  readonly project: Project;
  readonly production: Production;
  stop(): Promise<void>;
}

/**
 * Starts a real node, the operators that it has not, and the project.
 *
 * @param builds the images that the node has; an image that it does not have cannot be had
 * @param first the tag of the first release
 * @param others images that are not the API's
 * @param decide edits the environments before the first release
 * @throws ClusterUnavailable where no node can run
 */
export async function startProduction(
  builds: readonly Build[],
  first: string,
  others: readonly ProgramImage[] = [],
  decide: (project: Project) => void = () => {},
): Promise<Started> {
  const node = await startNode(builds, others);
  let operators: Operators | undefined;
  let project: Project | undefined;
  const stop = async () => {
    await operators?.stop();
    await node.stop();
    project?.remove();
  };
  try {
    if (node.crds.startsWith('none'))
      throw new ClusterUnavailable(`no custom resources: ${node.crds}`);
    operators = playOperators(node, ['seda-prod']);
    const tags = builds.map(({ tag }) => tag);
    project = new Project(node, (tag) => (tags.includes(tag) ? node.image(tag) : image(tag)));
    decide(project);
    await project.firstRelease(first);
    return { node, project, production: new Production(node, project), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
