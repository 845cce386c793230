import { useLayoutEffect, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

/** The width of an element in CSS pixels, as it changes; 0 before it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const node = element.current;
    if (node === null) return;
    const measure = () => setWidth(Math.floor(node.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Draws when anything in `inputs` has changed; sizes in CSS pixels. */
export function useDrawing(
  canvas: RefObject<HTMLCanvasElement | null>,
  width: number,
  height: number,
  draw: (context: CanvasRenderingContext2D) => void,
  inputs: unknown[],
): void {
  // Before the browser paints, and before it prints.
  useLayoutEffect(() => {
    const node = canvas.current;
    if (node === null || width === 0 || height === 0) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    // Setting a size makes a new picture, even if it is the same.
    if (node.width !== wide) node.width = wide;
    if (node.height !== high) node.height = high;
    node.style.width = `${width}px`;
    node.style.height = `${height}px`;
    const context = node.getContext('2d');
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    draw(context);
  }, [width, height, ...inputs]);
}
