import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style/index.css';
import { makeReport } from './data/report';
import { unpack } from './data/unpack';
import { App } from './ui/app';
import { shortTitle } from './views/answer/answer';

async function start(): Promise<void> {
  const place = document.getElementById('page')!;
  const holder = document.getElementById('data');
  try {
    const data = await unpack(holder?.textContent ?? '');
    // The packed text is the largest part of the page, and has been read.
    holder?.remove();
    const report = makeReport(data);
    document.title = shortTitle(data.title, data.totals.leaked_bytes);
    render(<App report={report} />, place);
  } catch (error) {
    document.title = 'unfreed: cannot be read';
    const message = error instanceof Error ? error.message : String(error);
    render(
      <main class="unreadable">
        <h1>This report cannot be shown</h1>
        <p>The data in this file cannot be read: {message}.</p>
        <p>Write it again with unfreed report, or open it in a browser of 2023 or later.</p>
      </main>,
      place,
    );
    document.documentElement.dataset.ready = 'true';
  }
}

void start();
