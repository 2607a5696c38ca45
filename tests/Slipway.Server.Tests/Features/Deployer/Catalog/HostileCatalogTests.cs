using System.Diagnostics;
using System.Globalization;
using System.Text;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Tests.Features.Deployer.Catalog;

/// <summary>Catalogs that would make a server slow, large or dead.</summary>
public sealed class HostileCatalogTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    public static TheoryData<string> Pieces => ["[", "{", "\"", "{\"a\":", "[[],", "[1,", "1", "//", "/*", "\\", "\n", "\t", "{}", "\"a\",", "- ", "&a ", "*a ", "models: "];

    [Fact]
    public void A_billion_laughs_are_refused()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 12; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]");
        }

        var faults = CatalogTexts.Faults(text + "models: *a11\n");

        Assert.Contains("more than 100000 values", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ten_thousand_models_are_refused_soon(bool isJson)
    {
        var models = string.Join(",\n", Enumerable.Range(0, 10_000).Select(i => $"{{\"id\": \"m{i}\", \"path\": \"x\"}}"));
        var watch = Stopwatch.StartNew();

        var faults = CatalogTexts.Faults($"{{\"models\": [{models}]}}", isJson);

        Assert.Equal("line 1, column 12: 'models' of the catalog is a list; accepted is one of 0 to 2000 items, here are 10000", Assert.Single(faults));
        Assert.True(watch.Elapsed < Longest, $"It took {watch.Elapsed}.");
    }

    [Fact]
    public void A_file_with_a_fault_in_every_model_tells_fifty()
    {
        var models = string.Concat(Enumerable.Range(0, 2000).Select(i => $"  - {{id: m{i}, colour: red}}\n"));

        var faults = CatalogTexts.Faults("models:\n" + models);

        Assert.Equal(50, faults.Count);
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void A_mebibyte_of_one_thing_is_answered_soon(string piece)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, CatalogFile.LargestFile / piece.Length)));
        var watch = Stopwatch.StartNew();

        foreach (var isJson in new[] { true, false })
        {
            var (content, faults) = CatalogFile.Read(bytes, isJson, ModelCatalog.AtStart);
            Assert.True(content is null == faults.Count > 0);
        }

        Assert.True(watch.Elapsed < Longest, $"It took {watch.Elapsed}.");
    }

    [Fact]
    public void A_file_over_a_mebibyte_is_not_read()
    {
        var faults = CatalogTexts.Faults(CatalogTexts.Bot + new string('#', CatalogFile.LargestFile));

        Assert.EndsWith($"at most {CatalogFile.LargestFile} are accepted", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"models\": [{\"id\": \"\\ud800\"}]}")]
    [InlineData("{\"\\ud800\": 1}")]
    [InlineData("{\"models\": []} {}")]
    [InlineData("{\"models\": [], \"models\": []}")]
    [InlineData("{\"models\": nul}")]
    [InlineData("{'models': []}")]
    [InlineData("{\"models\": [")]
    public void Broken_json_is_refused_by_line(string text)
    {
        var fault = Assert.Single(CatalogTexts.Faults(text, isJson: true));

        Assert.StartsWith("line 1, column ", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        var (content, faults) = CatalogFile.Read([.. "models:\n  - "u8, 0xff], isJson: false, ModelCatalog.AtStart);

        Assert.Null(content);
        Assert.Equal(new YamlPlace(2, 5), Assert.Single(faults).Place);
    }

    [Fact]
    public void Texts_of_chance_never_crash_it()
    {
        var chance = new Random(5);
        string[] pieces = ["models", "instances", "id", ":", " ", "\n", "- ", "[", "]", "{", "}", ",", "\"", "local", "slipway", "engines", "g5.xlarge", "1e999", "null", "~", "&a", "*a", "\\u00", "'"];

        for (var i = 0; i < 3000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, chance.Next(60)).Select(_ => pieces[chance.Next(pieces.Length)])));
            var (content, faults) = CatalogFile.Read(bytes, isJson: i % 2 == 0, ModelCatalog.AtStart);
            Assert.True(content is null == faults.Count > 0);
        }
    }
}
