import { posix } from 'node:path';

const REPOSITORY = 'https://github.com/seda-fm/manifests/blob/main';

/**
 * Where a link of a page leads on the site: a file of the repository that is no page leads to GitHub.
 *
 * @param page path of the page below docs/
 */
export function target(href: string, page: string): string {
  if (/^(\w+:|#|\/)/.test(href)) return href;
  const file = posix.normalize(posix.join('docs', posix.dirname(page), href));
  const isPage = file.startsWith('docs/') && /\.(md|svg)(#|$)/.test(file);
  return isPage ? href : `${REPOSITORY}/${file}`;
}
