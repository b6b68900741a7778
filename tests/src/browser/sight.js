(() => {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const linear = (c) => ((c /= 255), c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  // WCAG 2.2, relative luminance and contrast ratio.
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  document.querySelectorAll("details").forEach((details) => (details.open = true));

  const faint = [];
  for (const element of document.body.querySelectorAll("*")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
    if (!text || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const drawn = element instanceof SVGElement;
    const bar = drawn && element.classList.contains("within") && element.previousElementSibling;
    const back = bar ? channels(getComputedStyle(bar).fill) : behind(element);
    const ratio = contrast(channels(drawn ? style.fill : style.color), back);
    if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${element.tagName}: ${text.slice(0, 40)}`);
  }

  const misplaced = [];
  for (const picture of document.querySelectorAll("svg")) {
    const frame = picture.getBoundingClientRect();
    const texts = [...picture.querySelectorAll("text")];
    const boxes = texts.map((text) => text.getBoundingClientRect());
    boxes.forEach((box, index) => {
      const name = texts[index].textContent;
      if (box.left < frame.left - 1 || box.right > frame.right + 1) misplaced.push(`over the edge: ${name}`);
      boxes.slice(index + 1).forEach((other, later) => {
        const apart = box.right <= other.left || other.right <= box.left || box.bottom <= other.top + 2 || other.bottom <= box.top + 2;
        if (!apart) misplaced.push(`one over another: ${name}, ${texts[index + 1 + later].textContent}`);
      });
    });
    for (const name of picture.querySelectorAll("text.name")) {
      for (const bar of picture.querySelectorAll("rect")) {
        if (bar.getBoundingClientRect().left < name.getBoundingClientRect().right) misplaced.push(`under a bar: ${name.textContent}`);
      }
    }
  }
  const page = document.documentElement;
  return { over: page.scrollWidth - page.clientWidth, faint, misplaced };
})()
