using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Engine.Constraints;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Sampling;
using Slipway.Engine.Scheduling;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Tokenizers;

namespace Slipway.Engine.Tests.Constraints;

/// <summary>A random model at temperature 1 writes whatever it may: what it cannot do wrong, no model can.</summary>
public sealed class RandomOutputTests : IDisposable
{
    private const int OutputsPerSchema = 20;

    /// <summary>Small, since a random model ends nothing that it could go on with.</summary>
    private static readonly OutputGrammarOptions Bounds = new() { MaxUnboundedLength = 6, MaxDepth = 4 };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly LoadedTestModel _loaded = new(TestModel.Create("qwen3", GgmlType.Q8_0, contextLength: 4096));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _loaded.Dispose();

    [Fact]
    public async Task A_thousand_random_outputs_for_fifty_schemas_all_validate()
    {
        await using var engine = new InferenceEngine(
            _loaded.Model, new EngineOptions { MaxSequences = 32, MaxQueued = 2_000, Threads = 2, KvTokens = 64 * 1024 });
        var schemas = JsonNode.Parse(await File.ReadAllTextAsync(ReferenceFiles.InTests("Constraints", "schemas.json"), Cancellation))!.AsArray();
        var runs = schemas
            .SelectMany(schema => Enumerable.Range(0, OutputsPerSchema).Select(seed => (Schema: schema!, Output: WriteAsync(engine, schema!, seed))))
            .ToList();

        List<string> faults = [];
        foreach (var (schema, output) in runs)
        {
            var (text, reason) = await output;
            var fault = reason == FinishReason.Stop ? Check(text, schema) : $"it ended with {reason}";
            if (fault is not null)
            {
                faults.Add($"{fault}\n  schema {schema.ToJsonString()}\n  output {text}");
            }
        }

        Assert.Equal(1_000, runs.Count);
        Assert.True(faults.Count == 0, $"{faults.Count} faults:\n{string.Join('\n', faults.Take(8))}");
    }

    private static string? Check(string text, JsonNode schema)
    {
        try
        {
            return new SchemaValidator(schema).Check(JsonNode.Parse(text, documentOptions: Strict));
        }
        catch (JsonException exception)
        {
            return exception.Message;
        }
    }

    private static async Task<(string Text, FinishReason Reason)> WriteAsync(InferenceEngine engine, JsonNode schema, int seed)
    {
        var generation = engine.Submit(new GenerationRequest
        {
            Prompt = [40, 41, 42, seed],
            MaxTokens = 3_000,
            Sampling = new SamplingOptions { Seed = (ulong)seed },
            Grammar = OutputGrammar.FromJsonSchema(schema, Bounds),
        });
        var text = new StringBuilder();
        await foreach (var piece in generation.ReadAllAsync(Cancellation))
        {
            text.Append(piece.Text);
        }
        return (text.ToString(), (await generation.Completion).Reason);
    }
}
