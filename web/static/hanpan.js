// What the pages do beyond HTML: htmx's token, the keys and the dock of a grid, fields that depend on others.
// Every page works without this file. Attributes that it reads: data-key, data-pick-all, data-amount, data-can,
// data-is, data-why-of, data-act, data-all, data-fill, data-left, data-clear, data-show-if, data-show, data-find, data-refresh-older, data-age, data-copy.
'use strict';
(() => {
  const root = document.documentElement;
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const number = (n) => n.toLocaleString('en-US');

  // htmx ----------------------------------------------------------------------------------------------------------
  document.addEventListener('htmx:configRequest', (event) => {
    event.detail.headers['X-CSRFToken'] = one('meta[name="csrf-token"]')?.content ?? '';
    if (document.hidden && event.detail.elt.matches('.job, #live-job')) event.preventDefault(); // nobody looks: do not poll
  });

  function trouble(kind) {
    const note = one('#trouble');
    if (!note) return;
    one('p', note).textContent = note.dataset[kind];
    note.hidden = false;
  }
  document.addEventListener('htmx:sendError', () => trouble('network'));
  document.addEventListener('htmx:responseError', (event) => {
    trouble(event.detail.xhr.status >= 500 ? 'server' : 'refused');
  });
  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.detail.successful && one('#trouble')) one('#trouble').hidden = true;
  });

  // The error summary above a form takes the focus, after a swap and after a plain answer.
  const summary = '[role="alert"][tabindex="-1"]';
  function focusSummary(within) {
    (within.matches?.(summary) ? within : one(summary, within))?.focus();
  }

  // A stored copy that is too old asks for a new one, once for each address in the life of a page.
  const asked = new Set();
  function refreshStale() {
    for (const form of all('form[data-refresh-older]')) {
      const stale = Number(form.dataset.age) > Number(form.dataset.refreshOlder);
      if (!stale || asked.has(form.action)) continue;
      asked.add(form.action);
      window.htmx?.trigger(form, 'stale');
    }
  }

  // Fields that depend on others: data-show-if="other=value,value2" --------------------------------------------------
  function valueOf(form, name) {
    const inputs = all(`[name="${CSS.escape(name)}"]`, form);
    if (inputs.some((input) => input.type === 'radio' || input.type === 'checkbox')) {
      return inputs.filter((input) => input.checked).map((input) => input.value);
    }
    return inputs.map((input) => input.value);
  }
  function showFields() {
    for (const field of all('[data-show-if]')) {
      const [name, values] = field.dataset.showIf.split(/=(.*)/s);
      const chosen = valueOf(field.closest('form') ?? document, name);
      field.hidden = !values.split(',').some((value) => (value ? chosen.includes(value) : !chosen.some(Boolean)));
    }
  }

  // What is typed into a password can be looked at: data-show="id" on a box ------------------------------------------
  document.addEventListener('change', (event) => {
    const ask = event.target.closest?.('[data-show]');
    if (ask) one(`#${ask.dataset.show}`).type = ask.checked ? 'text' : 'password';
  });

  // Enter in a field's search presses its button, not the form's: data-find="id of the button" -------------------------
  document.addEventListener('keydown', (event) => {
    const find = event.key === 'Enter' && !event.isComposing && event.target.closest?.('[data-find]');
    if (!find) return;
    event.preventDefault();
    one(`#${find.dataset.find}`)?.click();
  });

  // The grid: cursor, choice, dock -----------------------------------------------------------------------------------
  const box = (row) => one('.pick input:not([data-pick-all])', row);
  const rows = () => all('.grid tbody tr').filter((row) => box(row) || one('.c-no a', row));
  const cursor = () => one('.grid tr.cur');
  let anchor = null; // the row of the last choice, where Shift+x begins

  function move(step) {
    const list = rows();
    const at = list.indexOf(cursor());
    const next = list[Math.min(Math.max(at + step, 0), list.length - 1)];
    if (!next) return;
    cursor()?.classList.remove('cur');
    next.classList.add('cur');
    next.scrollIntoView({ block: 'nearest' });
    (box(next) ?? one('a[href]', next)).focus({ preventScroll: true });
  }

  function choose(row, checked = !box(row)?.checked) {
    const input = row && box(row);
    if (!input || input.disabled) return;
    input.checked = checked;
    anchor = row;
  }
  function chooseTo(row) {
    const list = rows();
    const [from, to] = [list.indexOf(anchor ?? row), list.indexOf(row)].sort((a, b) => a - b);
    list.slice(Math.max(from, 0), to + 1).forEach((each) => choose(each, true));
  }

  const fill = (within, words) => {
    for (const node of all('[data-fill]', within)) {
      node.dataset.plain ??= node.textContent;
      node.textContent = words ? node.dataset.fill.replace(/\{(n|won)\}/g, (_, key) => words[key]) : node.dataset.plain;
    }
  };
  function draw() {
    const list = rows().filter(box);
    const chosen = list.filter((row) => box(row).checked);
    list.forEach((row) => row.classList.toggle('sel', box(row).checked));
    for (const head of all('[data-pick-all]')) {
      head.checked = chosen.length > 0 && chosen.length === list.filter((row) => !box(row).disabled).length;
      head.indeterminate = chosen.length > 0 && !head.checked;
    }
    for (const dock of all('.dock[data-total]')) drawDock(dock, chosen);
  }
  function drawDock(dock, chosen) {
    const found = one('[name="all"]', dock)?.checked ?? false;
    const count = found ? Number(dock.dataset.total) : chosen.length;
    const amounts = chosen.map((row) => Number(row.dataset.amount ?? 0));
    const sum = found ? Number(dock.dataset.amount ?? NaN) : amounts.reduce((a, b) => a + b, 0);
    dock.classList.toggle('on', count > 0);
    fill(dock, { n: number(count), won: number(sum) });
    const sumNode = one('.sum-x', dock);
    if (sumNode) sumNode.hidden = !(sum > 0);
    let left = 0;
    for (const button of all('[data-act]', dock)) {
      const able = chosen.filter((row) => (row.dataset.can ?? '').split(' ').includes(button.dataset.act)).length;
      const n = found ? Number(button.dataset.all ?? count) : able;
      button.disabled = count > 0 && n === 0;
      fill(button, count > 0 && n > 0 ? { n: number(n) } : null);
      if (button.matches('.btn-primary')) left = count - n;
    }
    for (const node of all('[data-why-of]', dock)) node.hidden = !chosen.some((row) => row.dataset.is === node.dataset.whyOf);
    const dim = one('[data-left]', dock);
    if (dim) dim.textContent = left > 0 ? dim.dataset.left.replace('{n}', number(left)) : '';
  }

  document.addEventListener('change', (event) => {
    const input = event.target;
    if (input.matches('[data-pick-all]')) rows().forEach((row) => choose(row, input.checked));
    else if (input.matches('.dock [name="all"]:checked')) rows().forEach((row) => choose(row, true));
    else if (input.closest('.grid .pick')) anchor = input.closest('tr');
    if (input.closest('.grid, .dock')) {
      if (!input.checked) all('.dock [name="all"]').forEach((found) => { found.checked = false; });
      draw();
    }
    showFields();
  });
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-clear]')) {
      all('.grid .pick input, .dock [name="all"]').forEach((input) => { input.checked = false; });
      draw();
    }
    const copy = event.target.closest('[data-copy]');
    if (copy) navigator.clipboard?.writeText(one(copy.dataset.copy)?.textContent.trim() ?? '');
  });

  // Keys: by place on the keyboard, so that they work while the Korean input method is on ------------------------------
  const usable = (selector) => all(selector).find((node) => node.offsetParent && !node.disabled);
  const moves = {
    KeyJ: () => move(1),
    KeyK: () => move(-1),
    KeyX: () => { if (cursor()) choose(cursor()); draw(); },
    'Shift+KeyX': () => { if (cursor()) chooseTo(cursor()); draw(); },
    Enter: () => one('.c-no a, a[href]', cursor() ?? document.createElement('i'))?.click(),
    'Shift+Enter': () => { if (one('.dock.on')) usable('[data-key="Shift+Enter"]')?.click(); },
    Slash: () => (usable('.filters input[type="search"]') ?? usable('input[type="search"]'))?.focus(),
    'Shift+Slash': () => one('#shortcuts')?.showModal(),
  };
  document.addEventListener('keydown', (event) => {
    if (root.dataset.keys === 'off' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const on = event.target;
    const typing = on.matches('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]');
    if (typing || one('dialog[open]')) return;
    const plain = event.code.replace('NumpadEnter', 'Enter');
    if (plain === 'Enter' && !on.matches('body, main, .pick input')) return; // a link or a button answers itself
    const key = (event.shiftKey ? 'Shift+' : '') + plain;
    const letter = key.startsWith('Key') && usable(`[data-key="${key.slice(3).toLowerCase()}"]`);
    const act = moves[key] ?? (letter ? () => letter.click() : null);
    if (!act) return;
    event.preventDefault();
    act();
  });

  // A row of tabs that is wider than the window begins where the chosen one is seen.
  function showChosen() {
    for (const strip of all('.views, .filters')) {
      const chosen = one('[aria-current]', strip);
      const past = chosen && !chosen.matches('.facet-all') ? chosen.offsetLeft + chosen.offsetWidth - strip.clientWidth : 0;
      if (past > 0) strip.scrollLeft = past + 48;
    }
  }

  // Begin --------------------------------------------------------------------------------------------------------------
  function begin(within) {
    draw();
    showFields();
    refreshStale();
    focusSummary(within);
  }
  document.addEventListener('DOMContentLoaded', () => { begin(document); showChosen(); }); // after htmx, which is deferred before us
  document.addEventListener('htmx:afterSettle', (event) => begin(event.target));
  window.addEventListener('pageshow', draw); // the browser has put back what was chosen
})();
