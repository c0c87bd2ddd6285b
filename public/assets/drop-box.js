// @ts-check
// The drop on its product's page: hears the server's time, says whether this browser is in line
// already, and turns over when the drop opens.

const box = document.querySelector("#drop[data-place]");
if (box instanceof HTMLElement) {
  void hear(box);
  document.addEventListener("kamidrop:opens", () => {
    if (box.dataset["standing"] === "upcoming") box.dataset["standing"] = "open";
  });
}

/** @param {HTMLElement} drop */
async function hear(drop) {
  const sentAt = performance.now();
  try {
    const response = await fetch(drop.dataset["place"] ?? "", {
      cache: "no-store",
      headers: { accept: "application/json" },
    });
    if (!response.ok) return;
    const { now_ms: nowMs, phase } = await response.json();
    const detail = { nowMs, sentAt, receivedAt: performance.now() };
    document.dispatchEvent(new CustomEvent("kamidrop:time", { detail }));
    const isIn = phase !== "none";
    drop.querySelector(".drop-joined")?.toggleAttribute("hidden", !isIn);
    drop.querySelector(".join")?.toggleAttribute("hidden", isIn);
  } catch {
    // The page goes on by the time that was written into it, and the form is there for everyone.
  }
}
