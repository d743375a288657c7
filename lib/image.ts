/** The parts of a container image reference. */
export interface ImageReference {
  /** Registry, if any, and path: `ghcr.io/seda-fm/seda-api`. */
  readonly repository: string;
  /**
   * What people call the build, e.g. `1.4.2`.
   * @default - the reference has none
   */
  readonly tag?: string;
  /**
   * With its algorithm: `sha256:<64 hex>`.
   * @default - the reference has none
   */
  readonly digest?: string;
}

/**
 * The digest of an image that does not exist. An environment that takes images from another carries it until
 * its first release: it renders, and no registry can answer it, so nothing wrong can run by accident.
 */
export const PLACEHOLDER_DIGEST = `sha256:${'0'.repeat(64)}`;

const REPOSITORY =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?::\d{1,5})?(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
/** The bound of the reference grammar of registries on host and path together. */
const MAX_REPOSITORY = 255;

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Splits a reference without judging it; `imageFaults` judges. */
export function parseImage(image: string): ImageReference {
  const text = String(image);
  const at = text.indexOf('@');
  const [name, digest] = at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
  const colon = name.lastIndexOf(':');
  const tagged = colon > name.lastIndexOf('/');
  return {
    repository: tagged ? name.slice(0, colon) : name,
    ...(tagged ? { tag: name.slice(colon + 1) } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The tag as a label value, which allows 63 characters and must end in a letter or digit. */
export function imageVersion(image: string): string {
  return (parseImage(image).tag ?? '')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '')
    .replace(/^[^A-Za-z0-9]+/, '');
}

/**
 * What is wrong with an image reference, one entry an error: no tag, a tag that moves, a digest that
 * is malformed or, where it is required, missing.
 */
export function imageFaults(image: unknown, requireDigest: boolean): string[] {
  if (typeof image !== 'string' || image === '') {
    return [
      `is missing, got ${JSON.stringify(image)}, expected REPOSITORY:TAG@sha256:DIGEST; name the image`,
    ];
  }
  const { repository, tag, digest } = parseImage(image);
  const faults: string[] = [];
  if (repository.length > MAX_REPOSITORY) {
    faults.push(
      `has a repository that is too long, got ${repository.length} characters, expected at most ${MAX_REPOSITORY}; shorten it`,
    );
  } else if (
    !REPOSITORY.test(repository) ||
    Number(/^[^/]*:(\d+)/.exec(repository)?.[1] ?? 1) > 65535
  ) {
    faults.push(
      `has a bad repository, got "${repository}", expected lower-case host and path; correct the name`,
    );
  }
  if (tag === undefined) {
    faults.push(
      `has no tag, got "${image}", expected REPOSITORY:TAG; a tag tells people what runs, add it`,
    );
  } else if (!TAG.test(tag)) {
    faults.push(
      `has a bad tag, got "${tag}", expected at most 128 letters, digits, "_", "." and "-"; correct the tag`,
    );
  } else if (tag === 'latest') {
    faults.push(
      'has a tag that moves, got "latest", expected a version or commit; name the build that was tested',
    );
  }
  if (digest === undefined && requireDigest) {
    faults.push(
      `has no digest, got "${image}", expected ${repository}:TAG@sha256:DIGEST; take it from the registry or the build's output`,
    );
  } else if (digest !== undefined && !DIGEST.test(digest)) {
    faults.push(
      `has a malformed digest, got "${digest}", expected "sha256:" and 64 lower-case hex digits; copy it whole`,
    );
  }
  return faults;
}
