import { type Node, objectRule, type Rule } from './check';

/** Previews of pull requests, whose authors may be anybody. */
export const previewRules: readonly Rule[] = [
  objectRule(
    'a pull request decides its number, and nothing else',
    ['ApplicationSet'],
    (object) => [
      (object.spec.goTemplate !== true ||
        !object.spec.goTemplateOptions?.includes('missingkey=error')) &&
        'renders a missing value as text',
      ...templated(object).map((expression) => expression !== '.number' && `renders ${expression}`),
      /[{*]/.test(object.spec.template.spec.project) && 'lets a pull request choose its project',
    ],
  ),
  objectRule('a preview is asked for by a label', ['ApplicationSet'], ({ spec }) =>
    spec.generators.map(
      ({ pullRequest }: Node) => !pullRequest?.github?.labels?.length && 'runs what anybody sends',
    ),
  ),
  objectRule('a preview comes and goes within minutes', ['ApplicationSet'], ({ spec }) => [
    ...spec.generators.map(
      ({ pullRequest }: Node) =>
        !(pullRequest?.requeueAfterSeconds <= 600) && 'looks at the pull requests twice an hour',
    ),
    (spec.syncPolicy?.applicationsSync !== 'sync' ||
      spec.syncPolicy?.preserveResourcesOnDeletion !== false) &&
      'keeps previews of pull requests that are closed',
  ]),
];

/** Paths and values of a text that a pull request would decide beyond its number. */
function templated(object: Node): string[] {
  return [...JSON.stringify(object.spec.template).matchAll(/\{\{(.*?)\}\}/g)].map(
    ([, expression]) => expression!.trim(),
  );
}
