import { applicationRules } from './argocd-applications';
import { previewRules } from './argocd-previews';
import { projectRules } from './argocd-projects';
import type { Rule } from './check';

/** What must hold for the resources of Argo CD. */
export const argocdRules: readonly Rule[] = [...applicationRules, ...projectRules, ...previewRules];
