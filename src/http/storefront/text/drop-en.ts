/** What the pages of a drop say in English; its shape is what every language must have. */
export const dropEn = {
  title: "Limited drop",
  /** The big figures of the countdown, and the words under them. */
  opensIn: "Opens in",
  units: { days: "days", hours: "hours", minutes: "min", seconds: "sec" },
  opens: "Opens",
  closes: "Closes",
  offer: (count: string) => (count === "1" ? "1 key" : `${count} keys`),
  perBuyer: (count: number) => `Up to ${count} per buyer`,
  held: (minutes: number) => `Held for ${minutes} min while you pay`,
  isOpen: "The drop is open. Join the line to get your turn.",
  isHalted: "The shop has paused this drop. Places in line are kept.",
  isOver: "This drop is over.",
  isSoldOut: "Every key of this drop is sold.",
  verify: "Verify the draw",
  seePlace: "Already in line? See your place",
  inLine: "You are in line: see your place",
  join: {
    title: "Join the line",
    email: "E-mail",
    emailHint:
      "Your place belongs to this address: you order with it, and the key is mailed to it.",
    submit: "Join the line",
    code: "Code from your mail",
    codeHint: "Six digits. Look into the spam folder, too.",
    submitting: "Joining…",
    sendCode: "Send me a code",
    sendAgain: "Send another code",
    codeSent: (email: string) => `A code is on its way to ${email}. It is good for ten minutes.`,
    codeFirst: "The shop asks you to prove your address: we mail you a code.",
    codeWrong: "That is not the code, or it is older than ten minutes. Ask for another one.",
    codeMissing: "Type in the six digits from our mail, or ask for a code.",
    lineFull: "The line is full",
    lineFullHint:
      "More people came than could get a turn, so newcomers are turned away at random. It has nothing to do with you. The lot is drawn once for each address: asking again changes nothing while the line is this long.",
    tooOften: "Too many tries.",
    closed: "This drop is over: nobody can join any more.",
    challenge: "Please show that you are a person, then join again.",
  },
  fair: {
    title: "How the line works",
    points: [
      "Whoever joins before the opening takes part in one draw. Being first gains nothing; one address has one place, however often it joins.",
      "Whoever joins later stands behind them, first come, first served.",
      "When it is your turn, the page takes you to the checkout by itself. Keys that are not paid for in time go to the next in line.",
    ],
    commitment: "Seal of the draw",
    commitmentHint:
      "The number that decides the draw was fixed when the drop was made. This is its fingerprint (SHA-256). When the drop is over we show the number itself, and anyone can work out every place again: it cannot have been chosen afterwards.",
  },
  room: {
    title: "Waiting line",
    you: "You",
    entrance: "Checkout",
    ahead: "Ahead of you",
    wait: "Your turn in",
    waitUnknown: "not known yet",
    waitUnlikely: "perhaps not at all",
    unlikely:
      "More people are ahead of you than keys are left, several times over: your turn will most likely not come. You may stay, since keys that are not paid for go on to the next in line.",
    seconds: "less than a minute",
    minutes: (count: number) => `about ${count} min`,
    hours: (count: number) => `about ${count} h`,
    approximately: (number: string) => `about ${number}`,
    nobody: "nobody",
    /** Before and after the number of keys that are left. */
    left: ["", (total: string) => ` of ${total} keys left`] as [string, (total: string) => string],
    figure: (people: string) => `One figure is about ${people} people`,
    figureOne: "One figure is one person",
    inLine: "In line so far",
    sold: "sold",
    reserved: "reserved",
    free: "free",
    enter: "To the checkout",
    joinLink: "To the line",
    keepOpen: "You may reload or close this page: your place stays in this browser.",
    phases: {
      loading: { headline: "Looking for your place…", lead: "One moment." },
      upcoming: {
        headline: "You are in line",
        lead: "At the opening a draw gives everyone who is here a place. You need not do anything; this page goes on by itself.",
      },
      drawing: {
        headline: "The draw is on",
        lead: "The drop has opened. Your place appears within seconds.",
      },
      waiting: {
        headline: "You are in line",
        lead: "When it is your turn, this page takes you to the checkout by itself.",
      },
      all_reserved: {
        headline: "All keys are reserved",
        lead: "Some may come back: keys that are not paid for in time go to the next in line. You keep your place.",
      },
      all_held: {
        headline: "It is your turn, but all keys are reserved",
        lead: "As soon as one comes back, this page takes you to the checkout. Until then others are paying.",
      },
      admitted: {
        headline: "It is your turn",
        lead: "We are taking you to the checkout. Your keys are held once you have ordered.",
      },
      sold_out: {
        headline: "Sold out",
        lead: "Every key has been sold. Thank you for waiting, and we are sorry that it was not enough.",
      },
      closed: {
        headline: "This drop is over",
        lead: "Nobody is let in any more.",
      },
      busy: {
        headline: "The line stands still",
        lead: "Our counter cannot be reached at the moment. You keep your place, and this page tries again by itself.",
      },
      none: {
        headline: "You are not in line here",
        lead: "This browser holds no place in this line. If you joined in another one, open this page there.",
      },
    },
    offline: "Connection lost. Trying again: you keep your place.",
    still: "The line is not moving at the moment. You keep your place.",
  },
  checkout: {
    email: "Your place in line belongs to this address.",
    otherEmail:
      "Your place in line belongs to another address. Order with the one you joined with.",
  },
  proof: {
    title: "Verify the draw",
    intro:
      "The places of everyone who joined before the opening came from one secret number, fixed before anyone joined. Here you can check that, and work out your own place.",
    notYet:
      "The number is shown when the drop is over. Until then there is only its seal; keep a copy of it, and compare.",
    seal: "Seal, published before the drop",
    seed: "The number (seed)",
    seedHex: "The same in hexadecimal",
    sealHolds: "The seal fits the number: it was not changed.",
    sealBroken: "The seal does not fit the number. This draw cannot be trusted.",
    email: "The e-mail you joined with",
    emailHint: "It is worked out in your browser and sent nowhere.",
    emailHintPlain: "It is used for this answer only and kept nowhere.",
    submit: "Work out my place",
    identity: "Your identity in the draw",
    draw: "Your draw",
    drawHint: "Between 0 and 1; the smallest is the first.",
    threshold: "In the end, everyone was let in up to",
    place: "Your place",
    placeValue: (place: string, total: string) => `about ${place} of ${total}`,
    admitted: "You were let in: your draw lies below the last threshold.",
    notAdmitted: "Your turn did not come: your draw lies above the last threshold.",
    noThreshold: "How far the line was let in is not known here at the moment.",
    early:
      "This holds for those who joined before the opening. Whoever joined later stood behind them.",
    byHand: "By hand",
    byHandHint: "In a shell with openssl, without anything of ours. Put in your own e-mail.",
    recipe: {
      email: "In lower case, without a +tag; at Gmail without dots, too.",
      seal: "The seal. It must be this:",
      draw: "Your draw: 13 digits, a fraction of 2^52 in hexadecimal. The smallest is the first.",
      line: "Whoever's draw is smaller than this was let in:",
    },
    copy: "Copy",
    copied: "Copied",
    copyFailed: "Select the text and copy it by hand.",
  },
};

export type DropText = typeof dropEn;
