using System.Text;
using Slipway.Client;
using Slipway.Client.Datasets;

namespace Slipway.Server.Tests.Features.Datasets.Findings;

public sealed class ValidationTests
{
    private const string Dialogue = """{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}""";

    public static TheoryData<string, string, string> Forms => new()
    {
        { "alpaca", "a.jsonl", """{"instruction":"a","input":"b","output":"c","system":"s","history":[["q","a"]]}""" },
        { "alpaca", "a.jsonl", """{"prompt":"a","response":"c"}""" },
        { "alpaca", "a.json", """[{"instruction":"a","output":"c"}]""" },
        { "alpaca", "a.csv", "instruction,output\n\"say \"\"a\"\", twice\",b" },
        { "sharegpt", "a.jsonl", Dialogue },
        { "sharegpt", "a.jsonl", """{"conversations":[{"from":"system","value":"s"},{"from":"human","value":"a"},{"from":"function_call","value":"{}"},{"from":"observation","value":"1"},{"from":"gpt","value":"b"}],"tools":"[]"}""" },
        { "openai", "a.jsonl", """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}""" },
        { "openai", "a.jsonl", """{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f"}}]},{"role":"tool","content":"1"},{"role":"tool","content":"2"},{"role":"assistant","content":"b"}]}""" },
        { "preference", "a.jsonl", """{"instruction":"a","chosen":"b","rejected":"c"}""" },
        { "preference", "a.jsonl", """{"conversations":[{"from":"human","value":"a"}],"chosen":{"from":"gpt","value":"b"},"rejected":{"from":"gpt","value":"c"}}""" },
        { "kto", "a.jsonl", """{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"kto_tag":true}""" },
        { "text", "a.jsonl", """{"text":"a"}""" },
        { "text", "a.txt", "one line\n" },
    };

    [Theory, MemberData(nameof(Forms))]
    public async Task A_form_is_recognised(string format, string name, string content)
    {
        var found = await ValidateAsync(content, name);

        Assert.Empty(found.Faults);
        Assert.Equal(format, found.Format);
        Assert.Equal((1, 1, 0), (found.Records, found.Valid, found.Invalid));
        Assert.Equal(FindingStates.Complete, found.Status);
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "{\"instruction\":\"a\"", "no JSON" },
        { "[1]", "a list" },
        { """{"id":1}""", "none of the known forms" },
        { """{"instruction":"a"}""", "'output' is missing" },
        { """{"instruction":"a","output":7}""", "'output' is a number" },
        { """{"instruction":"a","output":"b","history":["q"]}""", "'history'" },
        { """{"conversations":[]}""", "the form sharegpt" },
        { """{"instruction":"\ud800","output":"b"}""", "half of a character" },
        { "{\"instruction\":\"\u0001\",\"output\":\"b\"}", "no JSON" },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task A_fault_is_told_by_its_line(string line, string words)
    {
        var found = await ValidateAsync($"{DatasetCalls.Alpaca}\n{line}\n{DatasetCalls.Alpaca}");

        var fault = Assert.Single(found.Faults);
        Assert.Equal(("a.jsonl", 3), (fault.File, fault.Line));
        Assert.Contains(words, fault.Message, StringComparison.Ordinal);
        Assert.Equal((3, 2, 1), (found.Records, found.Valid, found.Invalid));
    }

    [Theory]
    [InlineData("""{"conversations":[{"from":"gpt","value":"b"},{"from":"human","value":"a"}]}""", "Turn 1 is by 'gpt'")]
    [InlineData("""{"conversations":[{"from":"human","value":"a"},{"from":"human","value":"a"}]}""", "Turn 2 is by 'human'")]
    [InlineData("""{"conversations":[{"from":"human","value":"a"}]}""", "ends without an answer")]
    [InlineData("""{"conversations":[{"from":"system","value":"a"}]}""", "no turns")]
    [InlineData("""{"conversations":[]}""", "no turns")]
    [InlineData("""{"conversations":{"from":"human"}}""", "no list")]
    [InlineData("""{"conversations":["a"]}""", "Turn 1 is no object")]
    [InlineData("""{"conversations":[{"from":"human"},{"from":"gpt","value":"b"}]}""", "no 'value'")]
    [InlineData("""{"conversations":[{"value":"a"},{"from":"gpt","value":"b"}]}""", "no 'from'")]
    [InlineData("""{"conversations":[{"from":"human","value":["a"]},{"from":"gpt","value":"b"}]}""", "is no text")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"kto_tag":1}""", "the form")]
    public async Task Turns_follow_one_another(string line, string words)
    {
        var found = await ValidateAsync($"{Dialogue}\n{line}\n");

        Assert.Contains(words, Assert.Single(found.Faults).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_faults_a_hundred_are_listed_and_all_are_counted()
    {
        var found = await ValidateAsync(string.Concat(Enumerable.Repeat("{}\n", 250)));

        Assert.Equal(100, found.Faults.Count);
        Assert.Equal(250, found.FaultsCount);
        Assert.Equal(250, found.Invalid);
    }

    [Fact]
    public async Task Repeated_records_and_empty_turns_are_counted()
    {
        var found = await ValidateAsync(
            $$"""
            {"instruction":"a","output":"b"}
            {"instruction":"a","output":"b"}
            {"instruction":"a","output":" "}
            {"instruction":"c","output":"b"}
            """);

        Assert.Equal(1, found.Duplicates);
        Assert.Equal(0.25, found.DuplicateRate);
        Assert.True(found.DuplicatesAreExact);
        Assert.Equal(1, found.EmptyTurns);
        Assert.Equal(4, found.Valid);
    }

    [Fact]
    public async Task A_byte_order_mark_is_no_fault()
    {
        var found = await ValidateAsync("\uFEFF" + DatasetCalls.Alpaca);

        Assert.Empty(found.Faults);
        Assert.Equal("utf-8-bom", Assert.Single(found.Files).Encoding);
    }

    public static TheoryData<byte[], string> Unreadable => new()
    {
        { Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(DatasetCalls.Alpaca)).ToArray(), "UTF-16" },
        { [0x1F, 0x8B, 8, 0, 0], "compressed" },
        { "PAR1"u8.ToArray(), "Parquet" },
        { "hello"u8.ToArray(), "JSON lines" },
        { "\n\n"u8.ToArray(), "JSON lines" },
        { "[]"u8.ToArray(), "no records" },
        { [.. "{\"text\":\""u8, 0xFF, .. "\"}"u8], "UTF-8" },
    };

    [Theory, MemberData(nameof(Unreadable))]
    public async Task What_cannot_be_read_says_so(byte[] content, string words)
    {
        var found = await ValidateAsync(content, "a.data");

        Assert.Contains(words, Assert.Single(found.Faults).Message, StringComparison.Ordinal);
        Assert.Equal(0, found.Valid);
    }

    [Fact]
    public async Task Deep_and_endless_records_are_faults_of_their_line_and_no_more()
    {
        var deep = $"{{\"text\":{new string('[', 2_000_000)}";
        var endless = $"{{\"text\":\"{new string('a', 20_000_000)}\"}}";

        var found = await ValidateAsync($"{{\"text\":\"a\"}}\n{deep}\n{endless}\n{{\"text\":\"b\"}}\n");

        Assert.Equal([2L, 3L], found.Faults.Select(fault => fault.Line));
        Assert.Contains("too long", found.Faults[1].Message, StringComparison.Ordinal);
        Assert.Equal(2, found.Valid);
    }

    [Fact]
    public async Task Items_of_a_list_have_the_line_on_which_they_begin()
    {
        var found = await ValidateAsync(
            """
            [
              {"text": "a"},
              {"text":
                 "b]}\"" },
              {"text": 1},
              {"texts": [{}, "["]}
            ]
            """, "a.json");

        Assert.Equal([5L, 6L], found.Faults.Select(fault => fault.Line));
        Assert.Equal((4, 2), (found.Records, found.Valid));
    }

    [Theory]
    [InlineData("""[{"text":"a"}""", "last bracket is missing")]
    [InlineData("""[{"text":"a"} {"text":"b"}]""", "comma")]
    [InlineData("""[{"text":"a"},,{"text":"b"}]""", "',' stands")]
    [InlineData("""[{"text":"a"}] more""", "follows the end")]
    [InlineData("""[{"text":"a"},"b]""", "last bracket is missing")]
    public async Task A_broken_list_says_where(string content, string words)
    {
        var found = await ValidateAsync(content, "a.json");

        Assert.Contains(found.Faults, fault => fault.Message.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Large_files_are_read_across_the_ends_of_their_windows()
    {
        var lines = new StringBuilder();
        for (var i = 0; i < 30_000; i++)
        {
            lines.Append(System.Globalization.CultureInfo.InvariantCulture, $"{{\"text\":\"{new string('字', i % 97)}{i}\"}}\n");
        }
        var list = "[\n" + lines.ToString().TrimEnd().Replace("}\n", "},\n", StringComparison.Ordinal) + "\n]";

        var ofLines = await ValidateAsync(lines.ToString());
        var ofList = await ValidateAsync(list, "a.json");

        Assert.Equal((30_000, 0), (ofLines.Valid, ofLines.FaultsCount));
        Assert.Equal((30_000, 0), (ofList.Valid, ofList.FaultsCount));
        Assert.Equal(0, ofList.Duplicates);
    }

    private static Task<DatasetValidation> ValidateAsync(string content, string name = "a.jsonl") => ValidateAsync(Encoding.UTF8.GetBytes(content), name);

    private static async Task<DatasetValidation> ValidateAsync(byte[] content, string name)
    {
        await using var server = await RunningServer.StartAsync();
        using var client = new SlipwayClient(server.Http);
        var id = await server.Http.MakeAsync();
        using var response = await server.Http.UploadAsync(id, name, content);
        response.EnsureSuccessStatusCode();
        DatasetValidation? found = null;
        await Gateway.Waiting.UntilAsync(server.Log, async () =>
            (found = await client.GetDatasetValidationAsync(id, TestContext.Current.CancellationToken)).Status == FindingStates.Complete);
        return found!;
    }
}
