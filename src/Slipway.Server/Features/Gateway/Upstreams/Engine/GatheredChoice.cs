using System.Text;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Features.Gateway.Upstreams.Engine;

/// <summary>One choice of a whole answer, put together from its pieces.</summary>
internal sealed class GatheredChoice
{
    private readonly StringBuilder _content = new();
    private readonly StringBuilder _reasoning = new();
    private readonly List<(string Name, StringBuilder Arguments)> _calls = [];
    private List<TokenReport>? _tokens;

    public string Content => _content.ToString();

    public string Reasoning => _reasoning.ToString();

    public IReadOnlyList<(string Name, StringBuilder Arguments)> Calls => _calls;

    /// <summary>Null where no probabilities were asked for.</summary>
    public IReadOnlyList<TokenReport>? Tokens => _tokens;

    public string FinishReason { get; private set; } = "stop";

    public void Add(in ChoicePiece piece)
    {
        switch (piece.Kind)
        {
            case ChoicePieceKind.Content:
                _content.Append(piece.Text);
                break;
            case ChoicePieceKind.Reasoning:
                _reasoning.Append(piece.Text);
                break;
            case ChoicePieceKind.CallName:
                _calls.Add((piece.Text, new StringBuilder()));
                break;
            case ChoicePieceKind.CallArguments:
                _calls[piece.Call].Arguments.Append(piece.Text);
                break;
            default:
                FinishReason = piece.Text;
                break;
        }

        if (piece.Tokens is { } tokens)
        {
            (_tokens ??= []).AddRange(tokens);
        }
    }
}
