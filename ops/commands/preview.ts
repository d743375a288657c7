import { type Command, InvalidArgumentError } from 'commander';
import type { Session } from './session';

/** `seda preview`: what CI runs for a pull request of the API. */
export function addPreview(seda: Command, session: Session): void {
  seda
    .command('preview')
    .description(
      'render the environment of a pull request into dist/preview-<number>, for the branch that Argo CD reads',
    )
    .argument('<number>', 'the pull request', wholeNumber)
    .requiredOption('--image <ref>', 'REPOSITORY:TAG@sha256:DIGEST')
    .addHelpText(
      'after',
      '\nExample:\n  seda preview 12 --image ghcr.io/seda-fm/seda-api:pr-12@sha256:...',
    )
    .action(async (pullRequest: number, { image }: { image: string }) => {
      const { preview } = await import('../preview');
      preview(session.io.cwd, pullRequest, image, session.print);
    });
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new InvalidArgumentError('expected the number of a pull request.');
  return Number(text);
}
