extension LoginPage {
    static let style = """
        :root{color-scheme:dark;--back:#0b0e14;--card:#151a24;--edge:#2a3344;--text:#e6ebf2;--soft:#9aa7b8;--glow:#e8b23a}
        *{box-sizing:border-box}
        body{margin:0;min-height:100vh;\
        background:radial-gradient(90rem 40rem at 50% -12rem,#1d2a41,var(--back)) no-repeat var(--back);\
        color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
        .notice{background:repeating-linear-gradient(-45deg,#e8b23a 0 1.4rem,#d9a12a 1.4rem 2.8rem);color:#17120a;\
        font-weight:700;text-align:center;padding:.6rem 1rem}
        main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 0}
        h1{margin:0 0 .5rem;font-size:1.9rem;line-height:1.2;font-weight:650}
        p{margin:.25rem 0}strong{overflow-wrap:anywhere}
        .scopes{margin:.25rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.4rem;list-style:none}
        .scopes li{border:1px solid var(--edge);border-radius:1rem;padding:.1rem .7rem;\
        font:.85rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
        .choices{list-style:none;margin:1.25rem 0;padding:0;display:grid;gap:.9rem;\
        grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr))}
        .choices li{display:flex;flex-direction:column;background:var(--card);border:1px solid var(--edge);\
        border-radius:.75rem;overflow:hidden}
        .choices li:hover,.choices li:focus-within{border-color:var(--glow)}
        .choice{display:flex;gap:.9rem;padding:.9rem;color:inherit;text-decoration:none;flex:1}
        .choice img{border-radius:.5rem;border:1px solid var(--edge);flex:none;image-rendering:pixelated}
        .who{display:flex;flex-direction:column;min-width:0;overflow-wrap:anywhere}
        .name{font-weight:650;font-size:1.1rem}.where{color:var(--soft);font-size:.875rem}
        .use{font-size:.875rem;margin-top:.4rem}.id{font:.8rem/1.5 ui-monospace,monospace;color:var(--soft)}
        .sale{display:block;padding:.6rem .9rem;border-top:1px solid var(--edge);color:var(--glow);font-size:.875rem}
        a:focus-visible{outline:3px solid var(--glow);outline-offset:-3px}
        .back{text-align:center;margin:1.5rem 0}
        .button{display:inline-block;padding:.65rem 1.4rem;border:1px solid var(--edge);border-radius:.5rem;\
        color:inherit;text-decoration:none}
        .button:hover{border-color:var(--glow)}
        footer{text-align:center;color:var(--soft);font-size:.875rem;padding:1rem 1rem 2rem}
        """
}
