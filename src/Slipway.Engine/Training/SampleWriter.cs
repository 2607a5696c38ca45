using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training;

/// <summary>Lets the model in training answer, always by its most probable token.</summary>
/// <remarks>Computes the whole text for every token: a hundred tokens of a small model take well under a second.</remarks>
internal sealed class SampleWriter(TrainingSubject subject, TrainingPass pass, TrainingOptions options)
{
    private const int MostTokens = 96;

    /// <summary>An answer by the chat template in fine-tuning, a continuation in pretraining.</summary>
    public string Write(string prompt)
    {
        var tokens = subject.Tokenizer.Encode(Render(prompt)).ToList();
        var begin = tokens.Count;
        while (tokens.Count - begin < MostTokens && tokens.Count < Math.Min(options.CutoffLength, pass.MaxRows))
        {
            var next = pass.PredictNext([.. tokens]);
            if (subject.Tokenizer.EndTokens.Contains(next))
            {
                break;
            }
            tokens.Add(next);
        }
        return subject.Tokenizer.Decode([.. tokens.Skip(begin)]);
    }

    private string Render(string prompt)
    {
        if (options.Stage == TrainingStage.Pretraining || subject.ChatTemplate is null)
        {
            return prompt;
        }
        string Spell(int? token) => token is { } id ? Encoding.UTF8.GetString(subject.Tokenizer.GetBytes(id)) : "";
        return subject.ChatTemplate.Render(
            [new JsonObject { ["role"] = "user", ["content"] = prompt }], addGenerationPrompt: true,
            new JsonObject { ["bos_token"] = Spell(subject.Tokenizer.BeginToken), ["eos_token"] = Spell(subject.Tokenizer.EndToken) });
    }
}
