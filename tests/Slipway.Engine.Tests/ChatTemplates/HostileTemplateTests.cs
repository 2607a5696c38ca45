using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;

namespace Slipway.Engine.Tests.ChatTemplates;

public sealed class HostileTemplateTests
{
    // Garbage in all, not memory at once, and far below what is asked for here: terabytes. How much of it there is depends
    // on how far the runtime has optimised its own code by then; 0.5 to 1.4 GB were seen.
    private const long MaxAllocation = 3L << 30;

    public static TheoryData<string> Greedy =>
    [
        "{{ range(10**12) }}",
        "{{ range(10**30)|list }}",
        "{{ 'x' * 10**12 }}",
        "{{ 10**12 * 'x' }}",
        "{{ ('x' * 10**7) * 10**7 }}",
        "{{ [0] * 10**12 }}",
        "{{ (0,) * 10**20 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ 10.0 ** 10000 }}",
        "{{ 2 ** 127 }}",
        "{{ 170141183460469231731687303715884105727 + 1 }}",
        "{{ 'x'|center(10**12) }}",
        "{{ 'x'.center(10**12) }}",
        "{{ 'x'.zfill(10**20) }}",
        "{{ 'x'.ljust(10**12) ~ 'x'.rjust(10**12) }}",
        "{{ 'a\nb'|indent(10**12) }}",
        "{{ 'a\nb'|indent('x' * 10**7)|indent('x' * 10**7)|indent('x' * 10**7) }}",
        "{{ ('a' * 10**6).replace('a', 'b' * 10**6) }}",
        "{{ ('a' * 10**6).replace('', 'b' * 10**6) }}",
        "{{ ('a' * 10**6)|replace('a', 'b' * 10**6) }}",
        "{{ ('b' * 10**6).join('a' * 10**6) }}",
        "{{ range(100000)|join('b' * 10**6) }}",
        "{{ '%1000000000000d' % 1 }}",
        "{{ '%.1000000000000f' % 1 }}",
        "{{ '%*d' % (10**12, 1) }}",
        "{{ '{:>1000000000000}'.format(1) }}",
        "{{ '{:.1000000000000f}'.format(1.0) }}",
        "{{ '{:>{w}}'.format(1, w=10**12) }}",
        "{{ '{:99999999999999999999999999999999999999999999}'.format(1) }}",
        "{{ [[1]]|tojson(indent=10**12) }}",
        "{{ [1]|batch(10**9, 0)|list|length ~ [1]|batch(10**12, 0)|list }}",
        "{{ [1]|slice(10**12, 0)|list }}",
        "{% set ns = namespace(x='x') %}{% for i in range(100000) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(100000) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[]) %}{% for i in range(200) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(200) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x|tojson }}",
        "{% set ns = namespace(x=[], y=[]) %}{% for i in range(200) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set ns = namespace(x=[], y=[]) %}{% for i in range(200) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x < ns.y }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}",
        "{% set ns = namespace(g=['a']) %}{% for i in range(400000) %}{% set ns.g = ns.g|map('upper') %}{% endfor %}{{ ns.g|list }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{% for i in [1, 2] %}{{ f(n + 1) }}{% endfor %}{% endmacro %}{{ f(0) }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{% set s = 'a' * 10**6 %}{% for a in range(100000) %}{{ s == s ~ '' }}{% endfor %}",
        "{% set s = '😀' * 10**6 %}{% for a in range(100000) %}{% if s[999999] %}{% endif %}{% endfor %}",
        "{% set s = 'a' * 10**6 %}{% for a in range(100000) %}{% if s.find('b') %}{% endif %}{% endfor %}",
        "{% set s = 'a' * 10**6 %}{% for a in range(100000) %}{% if 'b' in s %}{% endif %}{% endfor %}",
        "{% set s = 'a' * 10**6 %}{% for a in range(100000) %}{% if {s: 1}[s] %}{% endif %}{% endfor %}",
        "{% set s = 'a' * 10**6 %}{% for a in range(100000) %}{% if s is upper %}{% endif %}{% endfor %}",
        "{% set s = 'ab' * 500000 %}{% set n = 'ab' * 100000 ~ 'x' ~ 'ab' * 100000 %}{% for a in range(1000) %}{% if n in s %}{% endif %}{% endfor %}",
        "{% set s = 'ab' * 500000 %}{% set n = 'ab' * 100000 ~ 'x' ~ 'ab' * 100000 %}{% for a in range(1000) %}{% if s.split(n) %}{% endif %}{% endfor %}",
        "{% set s = 'ab' * 500000 %}{% for a in range(1000) %}{% if s.startswith(('ab' * 400000 ~ 'x',) * 1000) %}{% endif %}{% endfor %}",
        "{% set ns = namespace(l=range(100000)|list) %}{% for a in range(100000) %}{% if 'x' in ns.l %}{% endif %}{% endfor %}",
        "{% set ns = namespace(l=range(100000)|list) %}{% for a in range(100000) %}{% if ns.l|sort %}{% endif %}{% endfor %}",
        "{% set ns = namespace(l=range(100000)|list) %}{% for a in range(100000) %}{% if ns.l[::-1] %}{% endif %}{% endfor %}",
    ];

    [Theory, MemberData(nameof(Greedy))]
    public void A_greedy_template_is_stopped_before_it_costs_much(string source)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var fault = Record.Exception(() => ChatTemplate.Parse(source).Render([]));

        Assert.IsType<ChatTemplateException>(fault);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaxAllocation);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{1:", "}")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    [InlineData("f(", ")")]
    [InlineData("1 if 1 else ", "")]
    [InlineData("x[", "]")]
    [InlineData("1|default(", ")")]
    public void Deep_expressions_are_refused(string open, string close)
    {
        var source = "{{ " + Repeat(open, 50_000) + "1" + Repeat(close, 50_000) + " }}";

        var fault = Record.Exception(() => ChatTemplate.Parse(source).Render([]));

        Assert.IsType<ChatTemplateException>(fault);
    }

    [Theory]
    [InlineData("{% if 1 %}", "{% endif %}")]
    [InlineData("{% for x in [1] %}", "{% endfor %}")]
    [InlineData("{% set x %}", "{% endset %}")]
    [InlineData("{% macro f() %}", "{% endmacro %}")]
    [InlineData("{% filter upper %}", "{% endfilter %}")]
    [InlineData("{% with %}", "{% endwith %}")]
    public void Deep_blocks_are_refused(string open, string close)
    {
        var source = Repeat(open, 20_000) + Repeat(close, 20_000);

        var fault = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source));

        Assert.Contains("nested", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Chains are long, not deep; those that must be walked inwards may be refused, never fatal.</summary>
    [Theory]
    [InlineData("1", "+1")]
    [InlineData("1", " and 1")]
    [InlineData("1", "~1")]
    [InlineData("1", " < 1")]
    [InlineData("'a'", "|upper")]
    [InlineData("x", ".x")]
    [InlineData("x", "()")]
    [InlineData("x", "[0]")]
    [InlineData("''", "''")]
    [InlineData("x", " if 0")]
    [InlineData("1", " is defined and 1")]
    public void Long_chains_do_not_break_the_stack(string first, string next)
    {
        var source = "{{ " + first + Repeat(next, 900_000 / next.Length) + " }}";

        var fault = Record.Exception(() => ChatTemplate.Parse(source).Render([]));

        Assert.True(fault is null or ChatTemplateException, fault?.ToString());
    }

    [Fact]
    public void Deep_calls_in_deep_expressions_do_not_break_a_small_stack()
    {
        var source = "{% macro f(n) %}" + Repeat("{% if 1 %}", 40) + "{{ " + Repeat("[", 40) + "f(n)" + Repeat("]", 40) + " }}"
            + Repeat("{% endif %}", 40) + "{% endmacro %}{{ f(1) }}";
        Exception? fault = null;
        var thread = new Thread(() => fault = Record.Exception(() => ChatTemplate.Parse(source).Render([])), maxStackSize: 256 << 10);

        thread.Start();
        thread.Join();

        Assert.IsType<ChatTemplateException>(fault);
    }

    [Fact]
    public void Deep_messages_are_refused()
    {
        JsonNode node = 1;
        for (var i = 0; i < 5_000; i++)
        {
            node = new JsonArray(node);
        }

        var fault = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("x").Render(node.AsArray()));

        Assert.Contains("nested", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"a":1,"a":2}]""")]
    [InlineData("""["\ud800"]""")]
    public void Broken_messages_are_a_fault_of_the_messages(string json)
    {
        var messages = JsonNode.Parse(json)!.AsArray();

        var fault = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse("x").Render(messages));

        Assert.Contains("messages", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_limit_names_itself()
    {
        var limits = new ChatTemplateLimits { MaxSourceLength = 100, MaxSteps = 50, MaxOutputLength = 40, MaxDepth = 5 };

        string Fault(string source) => Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source, limits).Render([])).Message;

        Assert.Contains("100", Fault(new string('x', 101)), StringComparison.Ordinal);
        Assert.Contains("50 steps", Fault("{% for i in range(99) %}{% endfor %}"), StringComparison.Ordinal);
        Assert.Contains("40 are allowed", Fault("{{ 'x' * 41 }}"), StringComparison.Ordinal);
        Assert.Contains("40 are allowed", Fault(new string('x', 41)), StringComparison.Ordinal);
        Assert.Contains("5 deep", Fault("{{ ((((((1)))))) }}"), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ChatTemplate.Parse("", limits with { MaxDepth = 0 }));
    }

    [Fact]
    public void A_template_within_its_limits_keeps_its_text()
    {
        var limits = new ChatTemplateLimits { MaxSourceLength = 100, MaxOutputLength = 40 };

        Assert.Equal(new string('x', 40), ChatTemplate.Parse("{{ 'x' * 40 }}", limits).Render([]));
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
