using System.Text;

namespace Slipway.Engine.ChatTemplates.Rendering;

/// <summary>A text that grows within the limits.</summary>
internal sealed class TextSink(RenderContext context)
{
    private const int WorthPaying = 64;

    private readonly StringBuilder _text = new();
    private int _unpaid;

    public void Append(string text) => Append(text.AsSpan());

    public void Append(ReadOnlySpan<char> text)
    {
        Pay(text.Length);
        _text.Append(text);
    }

    public void Append(char character)
    {
        Pay(1);
        _text.Append(character);
    }

    public override string ToString() => _text.ToString();

    // Small pieces are paid for together, since a step buys several characters.
    private void Pay(int length)
    {
        _unpaid += length;
        var total = (long)_text.Length + length;
        if (_unpaid >= WorthPaying || total > context.MaxTextLength)
        {
            context.ChargeText(total > context.MaxTextLength ? total : _unpaid);
            _unpaid = 0;
        }
    }
}
