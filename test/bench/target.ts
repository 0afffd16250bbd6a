/** What a measurement must reach. */

interface Common {
  /** The name of the figure; the first one unless told. */
  readonly figure?: string;
  readonly atMost: number;
}

export type Target =
  /** Ours divided by a baseline's. */
  | (Common & { readonly kind: 'ratio'; readonly baseline: string })
  /** Ours less a baseline's. */
  | (Common & { readonly kind: 'added'; readonly baseline: string })
  /** Ours by itself. */
  | (Common & { readonly kind: 'value' });

/** Ours takes at most `atMost` times what the baseline takes. */
export function atMost(limit: number, baseline: string, figure?: string): Target {
  return { kind: 'ratio', baseline, atMost: limit, ...(figure !== undefined && { figure }) };
}

/** Ours is at least `times` as fast as the baseline. */
export function faster(times: number, baseline: string): Target {
  return { kind: 'ratio', baseline, atMost: 1 / times };
}

const asTimes = (ratio: number): string => `${(1 / ratio).toFixed(1)} ×`;

/** The target and what was measured, for people: `1.23 of C, at most 1.35`. */
export function describeTarget(target: Target, measured: number | undefined): string {
  const { kind, figure, atMost: limit } = target;
  const isFaster = kind === 'ratio' && limit < 1;
  const show = (value: number): string => {
    if (isFaster) return asTimes(value);
    return value.toFixed(kind === 'ratio' ? 2 : 0);
  };
  const words = { value: '', added: ' more than', ratio: isFaster ? ' as fast as' : ' of' };
  const against = kind === 'value' ? '' : `${words[kind]} ${target.baseline}`;
  const got = measured === undefined ? '' : `${show(measured)}${against}, `;
  const name = figure === undefined ? '' : `${figure}: `;
  const wanted = `${isFaster ? 'at least' : 'at most'} ${show(limit)}`;
  return `${name}${got}${wanted}${measured === undefined ? against : ''}`;
}
