"""The one style sheet of all views.

Colours of the page are JupyterLab's own; the fallbacks serve an exported page. Sizes are in em,
so that text grows with the page. A sign or a word always stands beside a colour. The class is
written three times where JupyterLab's own rules for outputs would win otherwise.
"""

__all__ = ["STYLE"]

_LIGHT = """
color-scheme:light;--sm-bg:var(--jp-layout-color0,#fff);--sm-fg:var(--jp-content-font-color1,#1a1a1a);
--sm-soft:var(--jp-layout-color2,#eee);--sm-line:#c4c8cc;--sm-muted:#565c64;
--sm-link:#0b5cad;--sm-client:#0b5cad;--sm-server:#7a4a00;
--sm-good:#1a7335;--sm-bad:#b3261e;--sm-warn:#8a5300;
"""
_DARK = """
color-scheme:dark;--sm-bg:var(--jp-layout-color0,#111);--sm-fg:var(--jp-content-font-color1,#f0f0f0);
--sm-soft:var(--jp-layout-color2,#2b2b2b);--sm-line:#5a6068;--sm-muted:#b4bac2;
--sm-link:#7db8f7;--sm-client:#7db8f7;--sm-server:#f0b860;
--sm-good:#6fd08c;--sm-bad:#ff8a80;--sm-warn:#f0b860;
"""

STYLE = (
    f".smtplab{{{_LIGHT}}}"
    "@media (prefers-color-scheme:dark){"
    f"body:not([data-jp-theme-light]) .smtplab{{{_DARK}}}}}"
    f'[data-jp-theme-light="false"] .smtplab{{{_DARK}}}'
    """
.smtplab{box-sizing:border-box;max-width:56em;overflow-x:auto;padding:.5em .7em;margin:.2em 0;
 background:var(--sm-bg);color:var(--sm-fg);border:1px solid var(--sm-line);border-radius:.3em;
 font-family:var(--jp-content-font-family,system-ui,sans-serif);line-height:1.4}
.smtplab *{box-sizing:border-box}
.smtplab.smtplab.smtplab p{margin:.3em 0;overflow-wrap:anywhere}
.smtplab.smtplab.smtplab .sm-head{margin:0 0 .3em;font-weight:600}
.smtplab .sm-hidden{position:absolute;width:1px;height:1px;overflow:hidden;
 clip-path:inset(50%);white-space:nowrap}
.smtplab .sm-muted{color:var(--sm-muted)}
.smtplab .sm-small{font-size:.88em}
.smtplab.smtplab.smtplab a{color:var(--sm-link);text-decoration:underline}
.smtplab.smtplab.smtplab table{width:100%;margin:.2em 0;border:0;border-collapse:collapse;
 table-layout:auto;font-size:1em}
.smtplab.smtplab.smtplab :is(th,td){padding:.12em .5em .12em 0;border:0;text-align:left;
 vertical-align:top;white-space:normal;overflow-wrap:break-word;background:none;color:inherit}
.smtplab.smtplab.smtplab tr:nth-child(n){background:none}
.smtplab.smtplab.smtplab thead th{color:var(--sm-muted);font-weight:400;font-size:.88em;
 border-bottom:1px solid var(--sm-line)}
.smtplab.smtplab.smtplab tbody th{font-weight:400}
.smtplab.smtplab.smtplab :is(code,pre){font-family:var(--jp-code-font-family,monospace);
 font-size:.93em;background:none;color:inherit}
.smtplab.smtplab.smtplab code{padding:0;overflow-wrap:anywhere;white-space:pre-wrap}
.smtplab.smtplab.smtplab pre{margin:.3em 0;padding:.4em .6em;max-height:26em;overflow:auto;
 white-space:pre;background:var(--sm-soft);border-radius:.2em;line-height:1.35}
.smtplab.smtplab.smtplab pre.sm-wrap{white-space:pre-wrap;overflow-wrap:anywhere}
.smtplab.smtplab.smtplab details{margin:.25em 0}
.smtplab.smtplab.smtplab summary{cursor:pointer;padding:.1em 0;overflow-wrap:anywhere}
.smtplab :is(a,summary,pre,input,iframe):focus-visible{outline:2px solid var(--sm-link);
 outline-offset:1px}
.smtplab.smtplab.smtplab ol,.smtplab.smtplab.smtplab ul{margin:.2em 0;padding-left:1.8em}
.smtplab.smtplab.smtplab li{margin:.1em 0;overflow-wrap:anywhere}
.smtplab .sm-sign{display:inline-block;min-width:1.5em;margin-right:.4em;text-align:center;
 font-weight:700;border:.12em solid currentColor;border-radius:.9em}
:is(.smtplab-verdict,.smtplab-hint,.smtplab-predict){border-left-width:.35em}
.sm-passed{--sm-tone:var(--sm-good)}
:is(.sm-failed,.sm-error){--sm-tone:var(--sm-bad)}
.sm-stuck{--sm-tone:var(--sm-warn)}
:is(.sm-not_attempted,.sm-tried,.sm-new){--sm-tone:var(--sm-muted)}
.smtplab .sm-sign{color:var(--sm-tone)}
.smtplab-verdict{border-left-color:var(--sm-tone)}
.smtplab .sm-sentence{font-weight:600}
.smtplab-verdict :is(p,li){white-space:pre-wrap}
.smtplab.smtplab.smtplab .sm-sequence{table-layout:fixed;line-height:1.3}
.smtplab .sm-sequence th:nth-child(1){width:5em}
.smtplab .sm-sequence th:nth-child(3){width:7.8em}
.smtplab.smtplab.smtplab .sm-sequence tbody th{color:var(--sm-muted);font-size:.82em;
 padding-top:.3em}
.smtplab.smtplab.smtplab .sm-sequence :is(td.sm-way,th:nth-child(3)){
 text-align:center;padding-left:0;padding-right:.5em}
.smtplab .sm-exercise{display:inline-block;margin-right:.9em;white-space:nowrap}
.smtplab.smtplab.smtplab :is(.sm-card code,.sm-address){overflow-wrap:normal}
.smtplab.smtplab.smtplab :is(.sm-short :is(th,td:nth-child(2))){
 white-space:nowrap}
.smtplab.smtplab.smtplab .sm-gauntlet{table-layout:fixed}
.smtplab .sm-gauntlet th:nth-child(1){width:32%}
.smtplab .sm-gauntlet :is(th:nth-child(2),th:nth-child(3)){width:7.4em}
@media (max-width:1000px){.smtplab .sm-gauntlet :is(th:nth-child(2),th:nth-child(3)){width:14%}}
.smtplab.smtplab.smtplab .sm-gauntlet tbody tr{border-bottom:1px solid var(--sm-line)}
.smtplab.smtplab.smtplab .sm-gauntlet p{margin:0}
.smtplab.smtplab.smtplab .sm-gauntlet details{display:inline-block;margin:.1em 1.2em .1em 0;
 font-size:.88em}
.smtplab.smtplab.smtplab .sm-gauntlet details[open]{display:block;margin-right:0}
.smtplab.smtplab.smtplab .sm-c{color:var(--sm-client)}
.smtplab.smtplab.smtplab .sm-s{color:var(--sm-server)}
.smtplab .sm-mark{display:inline-block;margin:0 .1em;padding:0 .35em;font-size:.72em;
 line-height:1.2;border:1px solid currentColor;border-radius:.3em;color:var(--sm-fg)}
.smtplab.smtplab.smtplab .sm-band td{text-align:center;font-size:.88em;color:var(--sm-muted);
 border-top:1px dashed var(--sm-line);border-bottom:1px dashed var(--sm-line)}
.smtplab .sm-says a{white-space:nowrap}
.smtplab .sm-says{display:block;font-size:.85em;color:var(--sm-muted)}
.smtplab.smtplab.smtplab .sm-sequence pre{max-height:16em}
.smtplab .sm-message{border-top:1px solid var(--sm-line);padding-top:.3em;margin-top:.4em}
.smtplab iframe{display:block;width:100%;border:1px solid var(--sm-line);border-radius:.2em;
 background:#fff;color-scheme:light;resize:vertical}
.smtplab.smtplab.smtplab .sm-files{list-style:none;padding-left:0}
.smtplab.smtplab.smtplab .sm-files img{display:block;max-width:100%;max-height:14em;margin:.2em 0;
 background:#fff}
.smtplab dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em .8em;margin:.2em 0}
.smtplab.smtplab.smtplab dt{white-space:nowrap;color:var(--sm-muted);font-weight:400}
.smtplab.smtplab.smtplab dd{margin:0;overflow-wrap:anywhere}
.smtplab fieldset{display:grid;grid-template-columns:auto 1fr;gap:.25em .5em;
 align-items:baseline;margin:.2em 0;padding:0;border:0;min-width:0}
.smtplab legend{padding:0;margin-bottom:.3em;font-weight:600}
.smtplab.smtplab.smtplab input{margin:0;font-size:1em;accent-color:var(--sm-link)}
.smtplab.smtplab.smtplab .sm-noted{grid-column:1/-1;visibility:hidden;font-weight:600}
.smtplab .sm-noted::after{content:attr(data-said)}
.smtplab .sm-dead{grid-column:1/-1}
.smtplab.smtplab.smtplab input:enabled~.sm-dead{display:none}
.smtplab.smtplab.smtplab input:checked~.sm-noted{visibility:visible}
.smtplab .sm-scroll{overflow-x:auto}
.smtplab.smtplab.smtplab .sm-sextets{width:auto}
.smtplab.smtplab.smtplab .sm-sextets th{white-space:nowrap;color:var(--sm-muted);font-size:.88em;
 padding-right:.8em}
.smtplab.smtplab.smtplab .sm-sextets td{text-align:center;padding:.05em .1em;white-space:nowrap;
 border-left:1px solid var(--sm-line)}
.smtplab.smtplab.smtplab .sm-sextets td:last-child{border-right:1px solid var(--sm-line)}
.smtplab.smtplab.smtplab .sm-sextets td code{white-space:pre;overflow-wrap:normal;font-size:.82em}
.smtplab.smtplab.smtplab .sm-sextets tbody+tbody tr:first-child :is(th,td){padding-top:.9em}
.smtplab .sm-trips th:nth-child(2){width:99%}
.smtplab.smtplab.smtplab .sm-trips :is(th,td):nth-child(n+3){white-space:nowrap;
 font-variant-numeric:tabular-nums}
.smtplab.smtplab.smtplab .sm-trips tbody tr{border-bottom:1px solid var(--sm-line)}
.smtplab :is(.sm-trips,.sm-sample) svg{display:block;width:100%;height:1.1em;margin:.15em 0}
.smtplab .sm-sample{display:inline-flex;gap:.4em;align-items:center;margin-right:1.4em}
.smtplab .sm-sample svg{width:2.6em}
.smtplab .sm-client{fill:var(--sm-client)}
.smtplab .sm-way{fill:var(--sm-muted)}
.smtplab .sm-server{fill:none;stroke:var(--sm-server);stroke-width:2;
 vector-effect:non-scaling-stroke}
.smtplab .sm-chart{display:block;width:100%;max-width:42em;height:auto;font-size:15px}
.smtplab .sm-chart text{fill:var(--sm-fg)}
.smtplab .sm-axis,.smtplab .sm-grid{fill:none;stroke:var(--sm-muted)}
.smtplab .sm-grid{stroke:var(--sm-line);stroke-width:.7}
.smtplab .sm-line{--sm-tone:var(--sm-fg)}
.smtplab .sm-line-1{--sm-tone:var(--sm-client)}
.smtplab .sm-line-2{--sm-tone:var(--sm-server)}
.smtplab .sm-line-3{--sm-tone:var(--sm-good)}
.smtplab .sm-line-4{--sm-tone:var(--sm-bad)}
.smtplab .sm-line path{fill:none;stroke:var(--sm-tone);stroke-width:2}
.smtplab .sm-line .sm-marker{fill:var(--sm-bg)}
.smtplab .sm-line text{fill:var(--sm-tone);font-weight:600}
.smtplab .sm-sextets u{text-decoration-thickness:.15em}
"""
)
