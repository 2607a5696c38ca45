using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;

namespace Slipway.Engine.Tests.ChatTemplates;

/// <summary>Templates broken at random, from a fixed seed: whatever they are, they render or give the one typed fault.</summary>
public sealed class TemplateFuzzTests
{
    private const int Count = 12_000;
    private const long MaxAllocationEach = 64L << 20;

    private static readonly string[] Fragments =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-}}", "(", ")", "[", "]", "{", "}", "|", ".", ",", ":", "~", "=", "==", "'", "\"", "\\", "\n", "\0", "😀", "\ud800",
        " not ", " in ", " is ", " if ", " else ", " and ", "**", "//", "%", "*", "-", "10**12", "99999999999999999999999999999999999999999", "0x", "1e999", "-1", "''",
        "{% for x in messages %}", "{% endfor %}", "{% if x %}", "{% endif %}", "{% set x = ", "{% macro f(a) %}", "{% endmacro %}", "{{ f(", "{% break %}", "{% raw %}",
        "range(100000)", "namespace(", "loop", "loop.nextitem", "messages", "|tojson(indent=", "|map(", "|join(", "|sort", "|indent(", "|format(", ".format(", ".split(", ".replace(", "[::", "|list", "|length",
        "|groupby('role')", "|unique", "|sum", "|batch(3)", "|first", "|last", "|items", "|dictsort", "|round(2)", "|int", "|float", "caller()", "varargs", "kwargs", "is defined", "is divisibleby ", "none", "true",
    ];

    [Fact]
    public void Broken_templates_render_or_fault_but_nothing_else()
    {
        var random = new Random(20_260_714);
        var rows = TemplateFiles.ReadLines(TemplateFiles.OwnCases).ToArray();
        string[] sources = [.. rows.Where(static row => row.ContainsKey("template")).Select(static row => row["template"]!.GetValue<string>())];
        string[] families = [.. rows.Where(static row => row.ContainsKey("define") && row.ContainsKey("template")).Select(static row => row["template"]!.GetValue<string>())];
        JsonArray[] talks = [.. rows.Where(static row => row.ContainsKey("define") && row.ContainsKey("messages")).Select(static row => row["messages"]!.AsArray())];
        var variables = new JsonObject { ["tools"] = new JsonArray(new JsonObject { ["name"] = "f", ["n"] = 1.5 }), ["bos_token"] = "<s>", ["x"] = "text" };
        var limits = new ChatTemplateLimits { MaxSteps = 50_000, MaxOutputLength = 1 << 20 };
        var rendered = 0;

        for (var i = 0; i < Count; i++)
        {
            var from = i % 2 == 0 ? families : sources;
            var source = Mutate(from[random.Next(from.Length)], sources, random);
            rendered += RendersOrFaults(source, talks[random.Next(talks.Length)], variables, limits) ? 1 : 0;
        }

        // Were nearly all refused, or nearly none, the mutations would test little.
        Assert.InRange(rendered, Count / 20, Count * 9 / 10);
    }

    private static bool RendersOrFaults(string source, JsonArray messages, JsonObject variables, ChatTemplateLimits limits)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var fault = Record.Exception(() =>
        {
            var text = ChatTemplate.Parse(source, limits).Render(messages, variables: variables);
            Assert.InRange(text.Length, 0, limits.MaxOutputLength);
        });
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(fault is null or ChatTemplateException, $"{source}\n{fault}");
        Assert.True(allocated < MaxAllocationEach, $"{source}\nallocated {allocated} bytes");
        return fault is null;
    }

    private static string Mutate(string source, string[] others, Random random)
    {
        var text = new StringBuilder(source);
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(text.Length + 1);
            var length = Math.Min(random.Next(1, 20), text.Length - at);
            switch (random.Next(7))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, text.ToString(at, length));
                    break;
                case 2:
                    text.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 3:
                    text.Remove(at, length).Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 4 when text.Length > at:
                    text[at] = (char)random.Next(1, 128);
                    break;
                case 5:
                    text.Insert(at, others[random.Next(others.Length)]);
                    break;
                default:
                    text.Length = random.Next(8) == 0 ? at : text.Length;
                    break;
            }
        }

        return text.ToString();
    }
}
