// @ts-check
// On the way to the payment page: go there without being asked twice.

const next = document.querySelector("[data-lead-on]");
if (next instanceof HTMLFormElement) next.submit();
if (next instanceof HTMLAnchorElement) location.replace(next.href);
