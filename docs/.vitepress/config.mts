import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { target } from './links.mts';
import { diagram } from './mermaid.mts';

const DOCS = join(import.meta.dirname, '..');

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link });

/** The pages that TypeDoc has made of one kind of export. */
function exportsOf(kind: string): DefaultTheme.SidebarItem[] {
  return readdirSync(join(DOCS, 'reference/library', kind))
    .map((name) => name.replace(/\.md$/, ''))
    .sort()
    .map((name) => page(name, `/reference/library/${kind}/${name}`));
}

const library = (): DefaultTheme.SidebarItem[] =>
  Object.entries({
    classes: 'Constructs',
    interfaces: 'Props',
    'type-aliases': 'Types',
    functions: 'Functions',
    variables: 'Constants',
  }).map(([kind, text]) => ({ text, collapsed: true, items: exportsOf(kind) }));

export default defineConfig({
  title: 'seda.fm manifests',
  description: 'Everything that runs the seda.fm API on Kubernetes, as committed YAML',
  cleanUrls: true,
  // Of a repository, not of a server: there is nothing to ask.
  lastUpdated: false,
  // Tables of props need the room, and become lists where there is none.
  transformPageData: ({ relativePath, frontmatter }) =>
    /^reference\/(library\/|alerts)/.test(relativePath)
      ? { frontmatter: { ...frontmatter, aside: false, pageClass: 'wide' } }
      : undefined,
  markdown: {
    config: (md) => {
      const fence = md.renderer.rules.fence!;
      md.renderer.rules.fence = (tokens, index, ...rest) =>
        tokens[index]!.info === 'mermaid'
          ? diagram(tokens[index]!.content)
          : fence(tokens, index, ...rest);
      md.core.ruler.push('links of the repository', ({ tokens, env }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          const href = token.attrGet('href');
          if (token.type === 'link_open' && href !== null)
            token.attrSet('href', target(href, env.relativePath));
        }
      });
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      page('Start', '/getting-started'),
      page('Release', '/release'),
      page('Reference', '/reference/commands'),
    ] as DefaultTheme.NavItem[],
    socialLinks: [{ icon: 'github', link: 'https://github.com/seda-fm/manifests' }],
    sidebar: [
      {
        text: 'Tasks',
        items: [
          page('Getting started', '/getting-started'),
          page('Change an environment', '/change-an-environment'),
          page('Release', '/release'),
          page('Share traffic', '/share-traffic'),
          page('Roll back', '/rollback'),
          page('Rotate and add secrets', '/secrets'),
          page('Resolve merge conflicts', '/conflicts'),
          page('Add an environment', '/add-an-environment'),
          page('Gateways', '/gateway'),
          page('Use the library', '/library'),
        ],
      },
      {
        text: 'Operate',
        items: [
          page('Overview', '/operate'),
          page('Deploy with Argo CD', '/argocd'),
          page('Deploy with kubectl', '/deploy'),
          page('Alerts', '/alerts'),
          page('Run the API locally', '/development'),
        ],
      },
      {
        text: 'Concepts',
        items: [
          page('Colour', '/concepts/colour'),
          page('Record', '/concepts/record'),
          page('Wave', '/concepts/wave'),
          page('Gate', '/concepts/gate'),
          page('Migration', '/concepts/migration'),
        ],
      },
      {
        text: 'Reference',
        items: [
          page('Commands', '/reference/commands'),
          page('Rules of the check', '/rules'),
          page('Refusals of the check', '/reference/refusals'),
          page('Alerts by environment', '/reference/alerts'),
          { text: 'Library', link: '/reference/library/', collapsed: true, items: library() },
        ],
      },
      {
        text: 'Background',
        items: [
          page('Architecture', '/architecture'),
          page('Comparison', '/comparison'),
          page('Decisions', '/decisions'),
          page('Versions', '/versions'),
          page('Review and CI', '/review'),
          page('Tests', '/tests'),
          page('Measurements', '/evidence'),
          page('Fault tests', '/faults'),
          page('Argo CD tests', '/argocd-engine'),
          page('Third-party actions', '/actions'),
          page('Defects of the first deployment', '/seed-defects'),
        ],
      },
    ],
  },
});
