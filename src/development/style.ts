/** What the pages of the development build have beside the shop's base.css and controls.css. */
export const STYLE = `
.where{color:var(--soft);font-weight:500}
main>*+*{margin-top:1.75rem}
.crumb{font-size:.9375rem}
.crumb a{display:inline-block;padding:.2rem 0}
.crumb+:is(h1,.head){margin-top:.5rem}
.head{display:grid;gap:.5rem}
.head p{max-width:52rem}
h1 .code{font-size:.6em;vertical-align:.15em}
.section{display:grid;gap:1rem}
.section>:is(h2,h3)+.hint{margin-top:-.75rem}
.code{padding:.1em .4em;border-radius:5px;background:var(--sunk);color:var(--ink);font-family:var(--mono);font-size:.8125rem;overflow-wrap:anywhere}
.command{margin:0;padding:.85rem 1rem;border-radius:var(--round-small);background:var(--sunk);font:.8125rem/1.6 var(--mono);white-space:pre-wrap;overflow-wrap:anywhere}
.grid{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,18.5rem),1fr))}
.steps{padding-left:1.3em;display:grid;gap:.35rem}
.steps ::marker{color:var(--soft)}

.gateway{display:grid;gap:.5rem;align-content:start;position:relative;padding:1.1rem 1.25rem}
.gateway h3{font-size:1.0625rem}
.gateway .card-link{color:inherit;text-decoration:none}
.gateway .card-link::after{content:"";position:absolute;inset:0;border-radius:var(--round)}
.gateway:hover{border-color:var(--accent)}
.gateway p{color:var(--soft);font-size:.9375rem}
.tags{display:flex;flex-wrap:wrap;gap:.4rem}
.tag{padding:.05rem .55rem;border:1px solid var(--line);border-radius:99px;color:var(--soft);font-size:.8125rem}
.tag-good{border-color:transparent;background:var(--accent-soft);color:var(--good)}
.tag-warn{border-color:transparent;background:var(--warn-soft);color:var(--warn)}
.tag-bad{border-color:transparent;background:var(--bad-soft);color:var(--bad)}

.warned{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.5rem 1rem;padding:.7rem 1rem;border-radius:var(--round-small);background:var(--warn-soft);color:var(--ink);font-size:.9375rem}
.warned .button{background:var(--card)}

.glossary{display:grid;gap:0}
.glossary>div{display:grid;gap:.1rem .9rem;padding:.65rem 0;border-top:1px solid var(--line)}
.glossary>div:first-child{border-top:0}
.glossary dt{font-weight:600}
.glossary dd{color:var(--soft);font-size:.9375rem}
@media(min-width:44rem){.glossary>div{grid-template-columns:15rem 1fr}}
.group-title{color:var(--soft);font-size:.875rem;font-weight:600;letter-spacing:.02em}
.term{display:flex;flex-wrap:wrap;align-items:baseline;gap:.2rem .5rem}

.cashier{display:grid;gap:1.5rem;align-items:start}
@media(min-width:60rem){.cashier{grid-template-columns:21rem minmax(0,1fr)}.outcome{grid-template-columns:minmax(0,1fr) 21rem}.bill{position:sticky;top:1.5rem}}
.cashier>*{margin:0;min-width:0}
.bill{display:grid;gap:.9rem}
.bill-title{overflow-wrap:anywhere}
.sum{font-size:2.4rem;line-height:1.1;font-weight:650;letter-spacing:-.02em}
.facts{display:grid;gap:.5rem;padding-top:.9rem;border-top:1px solid var(--line);font-size:.9375rem}
.facts dt{color:var(--soft);font-size:.8125rem}
.facts dd{overflow-wrap:anywhere}
.plays{display:grid;gap:1.25rem}
.plays .group-title{margin-bottom:.5rem}
.play-grid{display:grid;gap:.6rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr))}
.play{display:grid;gap:.15rem;align-content:start;min-height:4.5rem;padding:.7rem .95rem;border:1px solid var(--line-strong);border-radius:var(--round-small);background:var(--card);color:var(--ink);font:inherit;text-align:left;cursor:pointer}
.play:hover{border-color:var(--accent);background:var(--accent-soft)}
.play strong{font-weight:600}
.play span{color:var(--soft);font-size:.875rem;line-height:1.45}
details>summary{cursor:pointer;font-weight:600}
.fold{padding-top:.75rem;border-top:1px solid var(--line)}
.count{color:var(--soft);font-weight:400}
details[open]>summary{margin-bottom:.9rem}
.fields{display:grid;gap:.9rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,12rem),1fr))}
.choice .explained{display:block;color:var(--soft);font-size:.875rem;line-height:1.45}
.choice-grid{display:grid;gap:.6rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr))}
.form{display:grid;gap:1.25rem}
.form .field{max-width:12rem}
.form .wide{max-width:40rem}

.rows{width:100%;border-collapse:collapse;font-size:.9375rem}
.rows th{padding:0 1rem .5rem 0;color:var(--soft);font-size:.8125rem;font-weight:500;text-align:left}
.rows td{padding:.6rem 1rem .6rem 0;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
.rows :is(th,td):last-child{padding-right:0}
.rows a{display:inline-block;padding:.1rem 0}
.rows .fit{width:1%;white-space:nowrap}
.bar{display:flex;flex-wrap:wrap;gap:.75rem}
.mail-html{width:100%;height:32rem;border:1px solid var(--line);border-radius:var(--round);background:#fff}
@media(max-width:40rem){
.rows-fold,.rows-fold :is(tbody,tr,td){display:block}
.rows-fold thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.rows-fold tr{padding:.65rem 0;border-top:1px solid var(--line)}
.rows-fold tbody tr:first-child{border-top:0;padding-top:0}
.rows-fold td{padding:.1rem 0;border:0}
.where{display:none}
.top-links{gap:0}
.top-links a{padding:.6rem .35rem}
.sum{font-size:2rem}
}`;
