// What the theme gives to plain scripts. Where instant navigation swaps pages, the observable calls once for each.
declare const document$: { subscribe(act: () => void): void } | undefined;
