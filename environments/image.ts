import { imageFaults, parseImage } from '../lib';
import { fault } from '../lib/checks';
import { API } from './api';
import type { SedaEnvironment } from './environment';

/** Where the images of an environment may come from; a move to a mirror leaves the old ones as they are. */
function repositories({ imageRepository }: Pick<SedaEnvironment, 'imageRepository'>): string[] {
  return [...new Set([API.repository, imageRepository ?? API.repository])];
}

/**
 * What is wrong with an image that is staged in an environment, each fault without its path. In a cluster a tag alone may
 * be another image tomorrow; an environment that no Argo CD applies is on somebody's own machine.
 */
export function environmentImageFaults(
  environment: Pick<SedaEnvironment, 'argocd' | 'imageFrom' | 'imageRepository'>,
  image: unknown,
): string[] {
  const { argocd, imageFrom } = environment;
  return [
    ...imageFaults(image, imageFrom !== undefined || argocd !== undefined),
    ...repositoryFaults(environment, image),
  ];
}

/** An image of another repository may be anything, by whoever made it. */
export function repositoryFaults(
  environment: Pick<SedaEnvironment, 'imageRepository'>,
  image: unknown,
): string[] {
  if (typeof image !== 'string' || image === '') return [];
  const { repository } = parseImage(image);
  const known = repositories(environment);
  if (known.includes(repository)) return [];
  return [
    fault(
      '',
      'is of another repository',
      repository,
      known.join(' or '),
      "name an image that the API's CI built",
    ).trimStart(),
  ];
}
