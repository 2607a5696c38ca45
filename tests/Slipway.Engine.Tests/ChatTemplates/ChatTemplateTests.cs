using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;

namespace Slipway.Engine.Tests.ChatTemplates;

public sealed class ChatTemplateTests
{
    [Fact]
    public void A_refusal_of_the_template_keeps_its_words()
    {
        var template = ChatTemplate.Parse("a\n{% if true %}\n{{ raise_exception('Roles must alternate!') }}{% endif %}");

        var fault = Assert.Throws<ChatTemplateException>(() => template.Render([]));

        Assert.True(fault.RaisedByTemplate);
        Assert.Equal("Roles must alternate!", fault.Message);
        Assert.Equal(3, fault.LineNumber);
    }

    [Theory]
    [InlineData("a\n\n{{ 1 + }}", 3)]
    [InlineData("a\n{{ x.y }}", 2)]
    [InlineData("{% if 1 %}\n{{ 'a'\n ~ (1 < 'b') }}{% endif %}", 3)]
    [InlineData("a\n{# open", 2)]
    [InlineData("a\r\nb\r\n{{ 'x", 3)]
    [InlineData("{% for x in [1] %}\n\n", 1)]
    public void A_fault_names_its_line(string source, int line)
    {
        var fault = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render([]));

        Assert.Equal(line, fault.LineNumber);
        Assert.Contains($"line {line}:", fault.Message, StringComparison.Ordinal);
        Assert.False(fault.RaisedByTemplate);
    }

    [Theory]
    [InlineData("{% include 'x' %}", "include")]
    [InlineData("{% extends 'x' %}", "extends")]
    [InlineData("{% import 'x' as y %}", "import")]
    [InlineData("{% from 'x' import y %}", "from")]
    [InlineData("{% for x in [] recursive %}{% endfor %}", "Recursive")]
    [InlineData("{{ [1]|random }}", "random")]
    [InlineData("{{ lipsum() }}", "lipsum")]
    [InlineData("{{ [1].append(2) }}", "append")]
    [InlineData("{{ [1].pop() }}", "pop")]
    [InlineData("{{ {}.update({}) }}", "update")]
    [InlineData("{{ 1|nope }}", "nope")]
    [InlineData("{{ 1 is nope }}", "nope")]
    [InlineData("{{ nope() }}", "nope")]
    [InlineData("{% nope %}", "nope")]
    public void What_is_refused_or_unknown_is_named(string source, string name)
    {
        var fault = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source).Render([]));

        Assert.Contains(name, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_keep_their_order_and_numbers_their_kind()
    {
        var messages = JsonNode.Parse("""[{"z":1,"a":1.0,"m":{"y":18446744073709551615,"b":1e2}}]""")!.AsArray();

        var text = ChatTemplate.Parse("{{ messages|tojson }}").Render(messages);

        Assert.Equal("""[{"z": 1, "a": 1.0, "m": {"y": 18446744073709551615, "b": 100.0}}]""", text);
    }

    [Fact]
    public void Numbers_made_in_code_keep_their_kind_too()
    {
        var variables = new JsonObject { ["i"] = 2, ["d"] = 2.0, ["f"] = 0.5f, ["l"] = long.MaxValue, ["b"] = true, ["n"] = null };

        var text = ChatTemplate.Parse("{{ [i, d, f, l, b, n] }}").Render([], variables: variables);

        Assert.Equal("[2, 2.0, 0.5, 9223372036854775807, True, None]", text);
    }

    [Fact]
    public void Variables_are_seen_and_the_arguments_win()
    {
        var variables = new JsonObject { ["tools"] = new JsonArray(1), ["messages"] = 5, ["add_generation_prompt"] = true, ["x"] = "y" };

        var text = ChatTemplate.Parse("{{ tools }}{{ messages }}{{ add_generation_prompt }}{{ x }}{{ documents }}")
            .Render([], addGenerationPrompt: false, variables);

        Assert.Equal("[1][]FalseyNone", text);
    }

    [Fact]
    public void One_rendering_leaves_nothing_to_the_next()
    {
        var template = ChatTemplate.Parse(
            "{% set ns = namespace(n=0) %}{% set j = joiner('-') %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{{ j() }}{{ ns.n }}{% endfor %}{{ late }}{% set late = 1 %}");
        JsonArray messages = [1, 2];

        var texts = new string[64];
        Parallel.For(0, texts.Length, i => texts[i] = template.Render(messages));

        Assert.All(texts, static text => Assert.Equal("1-2", text));
    }

    [Fact]
    public void The_clock_gives_local_time()
    {
        var template = ChatTemplate.Parse("{{ strftime_now('%d %B %Y, %-I:%M %p') }}");

        Assert.Equal("06 July 2024, 5:04 AM", template.Render([], clock: new FixedClock()));
    }

    [Fact]
    public void The_source_stays_as_given()
    {
        const string Source = "a\r\nb\r\n";

        var template = ChatTemplate.Parse(Source);

        Assert.Equal(Source, template.Source);
        Assert.Equal("a\nb", template.Render([]));
    }

    [Fact]
    public void A_list_that_was_once_made_is_not_shared_by_mistake()
    {
        var text = ChatTemplate.Parse("{% set a = [1] %}{% set b = a + [2] %}{{ a }}{{ b }}{{ a * 2 }}{{ a }}").Render([]);

        Assert.Equal("[1][1, 2][1, 1][1]", text);
    }

    /// <summary>An agent's day: each call looks through all messages after it, as one well-known family's template does.</summary>
    [Fact]
    public void The_default_limits_leave_room_for_a_long_conversation()
    {
        const string Source = """
            {%- for m in messages %}
                {%- set ns = namespace(final=false) %}
                {%- for later in messages[loop.index:] %}
                    {%- if later.role == 'assistant' and 'tool_calls' not in later %}{% set ns.final = true %}{% endif %}
                {%- endfor %}
                {{- m.role ~ m.content ~ ns.final ~ '\n' }}
            {%- endfor %}
            """;
        JsonArray messages = [];
        for (var i = 0; i < 1_000; i++)
        {
            messages.Add(new JsonObject { ["role"] = "tool", ["content"] = new string('x', 1_000) });
        }

        var text = ChatTemplate.Parse(Source).Render(messages);

        Assert.Equal(1_000 * (4 + 1_000 + 5 + 1), text.Length);
    }
}
