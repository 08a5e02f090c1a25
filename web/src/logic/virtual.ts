// Which rows of a long list are on the screen.
// Pure.

export interface Window {
  first: number;
  end: number; // one past the last
  before: number; // height of what is left out above
  after: number; // and below
}

export function visibleRows(count: number, rowHeight: number, scrollTop: number, height: number, spare = 8): Window {
  if (count <= 0 || rowHeight <= 0) return { first: 0, end: 0, before: 0, after: 0 };
  const top = Math.min(Math.max(0, scrollTop), Math.max(0, count * rowHeight - height));
  const first = Math.max(0, Math.floor(top / rowHeight) - spare);
  const end = Math.min(count, Math.ceil((top + Math.max(0, height)) / rowHeight) + spare);
  return { first, end, before: first * rowHeight, after: (count - end) * rowHeight };
}

// Where to scroll to so that a row can be seen, moving as little as possible.
export function scrollToShow(row: number, rowHeight: number, scrollTop: number, height: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height;
  return scrollTop;
}
