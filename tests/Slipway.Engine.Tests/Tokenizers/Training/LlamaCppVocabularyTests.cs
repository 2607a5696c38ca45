using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tests.Peers;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers.Training;

/// <summary>A model with a tokenizer that was trained and written here, in llama.cpp.</summary>
public sealed class LlamaCppVocabularyTests
{
    [Fact]
    public async Task Llama_cpp_loads_a_trained_vocabulary()
    {
        var random = new Random(13);
        var tokenizer = BytePairTrainerTests.Train(
            Enumerable.Range(0, 20).Select(_ => RandomText.Any(random, 300)), new() { VocabularySize = 700 });
        using var file = new TemporaryFile();
        WriteModel(tokenizer, file.Path);

        var tokens = await LlamaCpp.GreedyAsync(
            file.Path, tokenizer.Encode("<|im_start|>user\nhello 模型<|im_end|>\n"), count: 8, TestContext.Current.CancellationToken);

        Assert.Equal(8, tokens.Length);
        Assert.All(tokens, token => Assert.InRange(token, 0, tokenizer.VocabularySize - 1));
    }

    /// <summary>A model of random weights whose embedding is as long as the vocabulary.</summary>
    private static void WriteModel(Tokenizer tokenizer, string path)
    {
        var model = TestModel.Create();
        var random = new Random(4);
        var embedding = new byte[tokenizer.VocabularySize * model.Hidden * sizeof(float)];
        for (var at = 0; at < embedding.Length; at += sizeof(float))
        {
            BitConverter.TryWriteBytes(embedding.AsSpan(at), random.NextSingle() - 0.5f);
        }

        model.Tensors["token_embd.weight"] = new TestTensor([model.Hidden, tokenizer.VocabularySize], GgmlType.F32, embedding);
        var writer = new GgufWriter();
        writer.Add("general.architecture", model.Architecture);
        writer.Add("qwen3.block_count", (uint)model.Layers);
        writer.Add("qwen3.context_length", (uint)model.ContextLength);
        writer.Add("qwen3.embedding_length", (uint)model.Hidden);
        writer.Add("qwen3.feed_forward_length", (uint)model.FeedForward);
        writer.Add("qwen3.attention.head_count", (uint)model.Heads);
        writer.Add("qwen3.attention.head_count_kv", (uint)model.KeyHeads);
        writer.Add("qwen3.attention.key_length", (uint)model.HeadLength);
        writer.Add("qwen3.attention.value_length", (uint)model.HeadLength);
        writer.Add("qwen3.attention.layer_norm_rms_epsilon", (float)model.NormEpsilon);
        writer.Add("qwen3.rope.freq_base", (float)model.RopeBase);
        TokenizerWriter.AddToGguf(tokenizer, writer, TestModel.ChatTemplate);
        foreach (var (name, tensor) in model.Tensors)
        {
            writer.AddTensor(name, tensor.Type, tensor.Dimensions, tensor.Bytes);
        }

        writer.Write(path);
    }
}
